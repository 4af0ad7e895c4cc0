//! The document: its source text, a tree with byte spans, and edits that change nothing else.

//! The parser's view of a text. In two points it follows the readers of YAML 1.1 that the field uses (PyYAML, libyaml,
//! SnakeYAML) where the parser follows YAML 1.2: `[-]` holds the string `-`, and a comment may directly follow a quote
//! or a bracket. Spans stay those of the text, because nothing in it is replaced.

use granit_parser::input::{SkipTabs, WhitespaceResult, is_flow};
use granit_parser::{BorrowedInput, ErrorKind, Input, StrInput};

/// A text as the parser reads it.
pub struct TemplateInput<'t>(StrInput<'t>);

impl<'t> TemplateInput<'t> {
    pub fn new(text: &'t str) -> Self {
        Self(StrInput::new(text))
    }
}

/// Methods of the inner input, which is faster than the default implementations.
macro_rules! inner {
    ($(fn $name:ident(&self $(, $argument:ident: $type:ty)*) $(-> $result:ty)?;)*) => {
        $(fn $name(&self $(, $argument: $type)*) $(-> $result)? { self.0.$name($($argument),*) })*
    };
    ($(fn $name:ident(&mut self $(, $argument:ident: $type:ty)*) $(-> $result:ty)?;)*) => {
        $(fn $name(&mut self $(, $argument: $type)*) $(-> $result)? { self.0.$name($($argument),*) })*
    };
}

impl Input for TemplateInput<'_> {
    /// In brackets, the parser refuses a plain scalar that begins with `-` before `,`, a bracket or a brace. It sees a
    /// letter there.
    fn peek_nth(&self, n: usize) -> char {
        match self.0.peek_nth(n) {
            next if n == 1 && is_flow(next) && self.0.peek() == '-' => 'x',
            next => next,
        }
    }

    /// The parser asks for blanks after a token, and refuses a comment there without any. It sees a blank before each.
    fn skip_ws_to_eol_blanks(&mut self, tabs: SkipTabs) -> (usize, WhitespaceResult) {
        match self.0.skip_ws_to_eol_blanks(tabs) {
            (0, _) if self.0.peek() == '#' => (0, WhitespaceResult::new(false, true)),
            other => other,
        }
    }

    inner! {
        fn buflen(&self) -> usize;
        fn bufmaxlen(&self) -> usize;
        fn peek(&self) -> char;
        fn byte_offset(&self) -> Option<usize>;
        fn slice_bytes(&self, start: usize, end: usize) -> Option<&str>;
        fn next_2_are(&self, first: char, second: char) -> bool;
        fn next_3_are(&self, first: char, second: char, third: char) -> bool;
        fn next_is_document_indicator(&self) -> bool;
        fn next_is_document_start(&self) -> bool;
        fn next_is_document_end(&self) -> bool;
        fn next_is_blank_or_break(&self) -> bool;
        fn next_is_blank_or_breakz(&self) -> bool;
        fn next_is_blank(&self) -> bool;
        fn next_is_break(&self) -> bool;
        fn next_is_breakz(&self) -> bool;
        fn next_is_z(&self) -> bool;
        fn next_is_flow(&self) -> bool;
        fn next_is_digit(&self) -> bool;
        fn next_is_alpha(&self) -> bool;
    }

    inner! {
        fn lookahead(&mut self, count: usize);
        fn raw_read_ch(&mut self) -> char;
        fn raw_read_non_breakz_ch(&mut self) -> Option<char>;
        fn skip(&mut self);
        fn skip_n(&mut self, count: usize);
        fn skip_ws_to_eol(&mut self, tabs: SkipTabs) -> (usize, Result<WhitespaceResult, ErrorKind>);
        fn skip_while_non_breakz(&mut self) -> usize;
        fn skip_while_blank(&mut self) -> usize;
        fn fetch_while_is_alpha(&mut self, out: &mut String) -> usize;
        fn fetch_while_is_yaml_non_space(&mut self, out: &mut String) -> usize;
        fn fetch_block_scalar_line(&mut self, out: &mut String) -> usize;
        fn take_quoted_scalar_ascii_chunk(&mut self, single: bool) -> &str;
        fn take_quoted_scalar_chunk(&mut self, single: bool) -> (&str, usize);
        fn fetch_plain_scalar_chunk(&mut self, out: &mut String, count: usize, in_flow: bool) -> (bool, usize);
        fn skip_plain_scalar_chunk(&mut self, count: usize, in_flow: bool) -> (bool, usize);
    }
}

impl<'t> BorrowedInput<'t> for TemplateInput<'t> {
    fn slice_borrowed(&self, start: usize, end: usize) -> Option<&'t str> {
        self.0.slice_borrowed(start, end)
    }
}

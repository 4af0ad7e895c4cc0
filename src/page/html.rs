//! Markup that holds no secret and nothing that a browser could take for markup.

use crate::facts::{Place, Redactor};
use crate::text::{capital, escaped, one_line};

/// A page that is being written. It is valid as HTML and as XML.
pub struct Html<'r> {
    text: String,
    redactor: &'r Redactor,
}

impl<'r> Html<'r> {
    pub fn new(redactor: &'r Redactor) -> Self {
        Self { text: String::new(), redactor }
    }

    /// Adds markup, which is a literal of the code.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.text += markup;
        self
    }

    /// Adds a text of one line, as content or as the value of an attribute.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let shown = one_line(&self.redactor.clean(text));
        self.escape(&shown)
    }

    /// Adds a text with a capital at its start. The capital must not hide a secret.
    pub fn sentence(&mut self, text: &str) -> &mut Self {
        let shown = capital(&self.redactor.clean(text));
        self.escape(&shown)
    }

    /// Adds a line of a file: its indentation stays.
    pub fn code(&mut self, line: &str) -> &mut Self {
        let (shown, _) = escaped(&self.redactor.clean(line), 0..0);
        self.escape(&shown)
    }

    /// Adds the lines of a log. They are redacted as one text, because a secret may span several lines. If such a secret
    /// is there with other line ends or indentation, no line is shown.
    pub fn lines(&mut self, text: &str) -> &mut Self {
        let cleaned = self.redactor.clean(text);
        let lines: Vec<_> = cleaned.lines().map(str::to_owned).collect();
        if self.is_secret_across(&lines) {
            return self.raw("****\n");
        }
        for line in lines {
            let (shown, _) = escaped(&line, 0..0);
            self.escape(&shown).raw("\n");
        }
        self
    }

    /// Whether a secret spans several of these lines, whatever their indentation.
    pub fn is_secret_across(&self, lines: &[String]) -> bool {
        let redacted: Vec<_> = lines.iter().map(|line| self.redactor.redact(line)).collect();
        let words: Vec<_> = redacted.iter().flat_map(|line| line.split_whitespace()).collect();
        self.redactor.has_secret(&words.join(" "))
    }

    /// Adds `path:line:column`.
    pub fn place(&mut self, place: &Place) -> &mut Self {
        let named = Place { path: self.redactor.path(&place.path), ..place.clone().without_line() };
        self.text(&named.to_string())
    }

    /// Adds a length or a place in percent.
    pub fn percent(&mut self, percent: f64) -> &mut Self {
        self.pixels(percent).raw("%")
    }

    /// Adds a length or a place in pixels, as short as it can be.
    pub fn pixels(&mut self, pixels: f64) -> &mut Self {
        let rounded = format!("{pixels:.2}");
        self.text += rounded.trim_end_matches('0').trim_end_matches('.');
        self
    }

    pub fn number(&mut self, number: usize) -> &mut Self {
        self.text += &number.to_string();
        self
    }

    /// Adds a text that leads to an address if that is one of the web; else the address itself.
    pub fn link(&mut self, address: &str, text: &str) -> &mut Self {
        let address = self.redactor.clean(address);
        if !is_web_address(&address) {
            return self.raw("<code>").text(&address).raw("</code>");
        }
        self.raw("<a rel=\"noreferrer\" href=\"").escape(&address).raw("\">").text(text).raw("</a>")
    }

    pub fn into_text(self) -> String {
        self.text
    }

    fn escape(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            match letter {
                '&' => self.text += "&amp;",
                '<' => self.text += "&lt;",
                '>' => self.text += "&gt;",
                '"' => self.text += "&quot;",
                '\'' => self.text += "&#39;",
                // No character of XML.
                '\u{fffe}' | '\u{ffff}' => self.text.extend(letter.escape_unicode()),
                letter => self.text.push(letter),
            }
        }
        self
    }
}

/// Whether a text is an address that a browser opens without running anything.
pub fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://");
    let is_safe = |letter: char| letter.is_ascii_graphic() && !"<>\"'\\`{}|^".contains(letter);
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_safe))
}

#[cfg(test)]
mod tests {
    use super::{Html, is_web_address};
    use crate::facts::{Redactor, Secret};

    #[test]
    fn a_text_holds_no_markup_no_control_and_no_secret() {
        let redactor = Redactor::default();
        redactor.hide([Secret::new("p<ss&word")]);
        let rows = [
            ("plain é", "plain é"),
            ("<script>&'\"", "&lt;script&gt;&amp;&#39;&quot;"),
            ("a p<ss&word b", "a **** b"),
            ("a\nb\u{202e}c", "a b\\u{202e}c"),
            ("\u{1b}[0m\u{0}", "\\u{1b}[0m\\u{0}"),
            ("\u{ffff}", "\\u{ffff}"),
        ];
        for (text, expected) in rows {
            let mut page = Html::new(&redactor);
            page.text(text);
            assert_eq!(page.into_text(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_link_leads_to_the_web_or_is_no_link() {
        let rows = [
            ("https://eu-west-1.console.aws.amazon.com/a?b=c&d#/e", true),
            ("https://a.b/ c", false),
            ("https://a.b/\"onclick", false),
            ("https://", false),
            ("http://a.b", false),
            ("javascript:alert(1)", false),
        ];
        for (address, expected) in rows {
            assert_eq!(is_web_address(address), expected, "{address}");
            let redactor = Redactor::default();
            let mut page = Html::new(&redactor);
            page.link(address, "there");
            assert_eq!(page.into_text().starts_with("<a "), expected, "{address}");
        }
    }

    #[test]
    fn percents_are_short() {
        let redactor = Redactor::default();
        for (number, expected) in [(0.0, "0%"), (100.0, "100%"), (12.5, "12.5%"), (33.333, "33.33%")] {
            let mut page = Html::new(&redactor);
            page.percent(number);
            assert_eq!(page.into_text(), expected);
        }
    }
}

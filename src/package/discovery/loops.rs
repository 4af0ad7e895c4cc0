//! Loops of `Fn::ForEach`, and the rounds that several loops make together.

use super::parameter::Parameter;
use crate::template::NodeId;
use std::sync::Arc;

/// Rounds that one value may have: each makes a resource at least, and a stack has 500 at most (CloudFormation quotas).
pub const MAX_ROUNDS: usize = 500;

/// The prefix of a loop's key.
pub const PREFIX: &str = "Fn::ForEach::";

/// A loop around a resource.
#[derive(Debug, PartialEq, Eq)]
pub struct Loop {
    /// What follows `Fn::ForEach::`.
    pub name: String,
    pub variable: String,
    /// `None` when only CloudFormation knows them.
    pub values: Option<Arc<[String]>>,
    /// The parameter that the values come from, and where it is referred to.
    pub parameter: Option<(Arc<Parameter>, NodeId)>,
}

impl Loop {
    /// The spelling of the variable in a text.
    fn placeholder(&self) -> String {
        format!("${{{}}}", self.variable)
    }

    /// The spelling of the variable that stands for the letters and digits of its value.
    fn alphanumeric_placeholder(&self) -> String {
        format!("&{{{}}}", self.variable)
    }

    /// Whether a text uses the variable.
    pub fn is_used_in(&self, text: &str) -> bool {
        text.contains(&self.placeholder()) || text.contains(&self.alphanumeric_placeholder())
    }

    fn put_into(&self, text: &str, value: &str) -> String {
        let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        text.replace(&self.placeholder(), value).replace(&self.alphanumeric_placeholder(), &letters)
    }
}

/// One round of loops.
#[derive(Debug, Clone)]
pub struct Round<'l> {
    loops: &'l [Arc<Loop>],
    /// The values of the loop variables, outermost first.
    pub values: Vec<String>,
}

impl<'l> Round<'l> {
    /// The first round. `None` when a loop has no value.
    pub fn first(loops: &'l [Arc<Loop>]) -> Option<Self> {
        let first = |it: &Arc<Loop>| match &it.values {
            Some(values) => values.first().cloned(),
            None => Some(it.placeholder()),
        };
        Some(Self { loops, values: loops.iter().map(first).collect::<Option<_>>()? })
    }

    /// The round in which each variable stands for itself.
    pub fn unexpanded(loops: &'l [Arc<Loop>]) -> Self {
        Self { loops, values: loops.iter().map(|it| it.placeholder()).collect() }
    }

    /// The value of a loop variable.
    pub fn value(&self, variable: &str) -> Option<&str> {
        self.pairs().find(|(it, _)| it.variable == variable).map(|(_, value)| value)
    }

    /// A text with the values in place of the loop variables.
    pub fn put_into(&self, text: &str) -> String {
        self.pairs().fold(text.to_owned(), |text, (it, value)| it.put_into(&text, value))
    }

    fn pairs(&self) -> impl Iterator<Item = (&Loop, &str)> {
        self.loops.iter().map(Arc::as_ref).zip(self.values.iter().map(String::as_str))
    }
}

/// How many rounds the loops make together, as far as their values are known.
pub fn count(loops: &[Arc<Loop>]) -> usize {
    let counts = loops.iter().filter_map(|it| it.values.as_ref()).map(|values| values.len());
    counts.fold(1, usize::saturating_mul)
}

/// Each round of the loops. A loop whose values are not known has one, in which the variable stands for itself.
pub fn rounds(loops: &[Arc<Loop>]) -> Vec<Round<'_>> {
    let rounds = loops.iter().fold(vec![Vec::new()], |rounds, it| {
        let values = it.values.clone().unwrap_or_else(|| Arc::new([it.placeholder()]));
        let next = rounds.into_iter().flat_map(|outer: Vec<String>| {
            values.iter().map(|value| outer.iter().chain([value]).cloned().collect()).collect::<Vec<_>>()
        });
        next.collect()
    });
    rounds.into_iter().map(|values| Round { loops, values }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Loop, Round, count, rounds};
    use std::sync::Arc;

    fn loop_over(variable: &str, values: Option<&[&str]>) -> Arc<Loop> {
        let values = values.map(|values| values.iter().map(|value| (*value).to_owned()).collect());
        Arc::new(Loop { name: format!("{variable}s"), variable: variable.to_owned(), values, parameter: None })
    }

    #[test]
    fn rounds_run_with_the_innermost_loop_first_and_know_their_values() {
        let all =
            [loop_over("Name", Some(&["a", "b"])), loop_over("Stage", Some(&["x", "y"])), loop_over("Other", None)];
        let texts = |text: &str, loops: &[Arc<Loop>]| {
            rounds(loops).iter().map(|round| round.put_into(text)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(texts("./src", &[]), "./src");
        assert_eq!(texts("./${Name}", &all[..1]), "./a ./b");
        assert_eq!(texts("&{Stage}/${Name}", &all[..2]), "x/a y/a x/b y/b");
        assert_eq!(texts("&{Kind}/${Kind}", &[loop_over("Kind", Some(&["web-1.x"]))]), "web1x/web-1.x");
        assert_eq!(texts("${Other}/${Name}", &all[1..]), "${Other}/${Name} ${Other}/${Name}");
        let values: Vec<_> = rounds(&all[..2]).into_iter().map(|round| round.values.join("-")).collect();
        assert_eq!(values, ["a-x", "a-y", "b-x", "b-y"]);
        assert_eq!(rounds(&all[..2])[1].value("Stage"), Some("y"));
        assert_eq!(Round::first(&all).map(|round| round.values.join("-")), Some("a-x-${Other}".to_owned()));
        assert_eq!(Round::unexpanded(&all).values.join("-"), "${Name}-${Stage}-${Other}");
    }

    #[test]
    fn rounds_are_counted_before_they_are_made() {
        let loops: Vec<_> = (0..20).map(|index| loop_over(&format!("V{index}"), Some(&["a"; 100]))).collect();
        assert_eq!((count(&loops), count(&loops[..2]), count(&[])), (usize::MAX, 10_000, 1));
    }
}

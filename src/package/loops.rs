//! `Fn::ForEach`: which values a loop runs over, and the rounds that loops make.

use super::parameters::{Parameter, Passed};
use crate::template::{Node, NodeId};

/// A loop around a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// The name behind `Fn::ForEach::`.
    pub name: String,
    /// The loop variable.
    pub variable: String,
    /// What it runs over. `None` when that is known to CloudFormation alone.
    pub values: Option<Vec<String>>,
    /// The parameter that the values come from, if so, and where it is referred to.
    pub parameter: Option<(Parameter, NodeId)>,
}

/// Rounds that a path may have. Each is a resource at least, of which CloudFormation takes 500.
pub const MAX_ROUNDS: usize = 500;

/// The prefix of a loop's key.
pub const PREFIX: &str = "Fn::ForEach::";

/// Reads a loop and finds its body: `Fn::ForEach::Name: [variable, collection, {body}]`.
pub fn read<'t>(key: &str, value: Node<'t>, passed: &Passed) -> Option<(Loop, Node<'t>)> {
    let items: Vec<Node<'t>> = value.items().collect();
    let [variable, collection, body] = items[..] else { return None };
    let name = key.strip_prefix(PREFIX)?.to_owned();
    let parameter = parameter(collection).map(|parameter| (parameter, collection.id()));
    let values = match &parameter {
        Some((parameter, _)) => passed.value(parameter).map(|list| split(&list)),
        None => literals(collection),
    };
    let of_loop = Loop { name, variable: variable.as_str()?.to_owned(), values, parameter };
    body.is_mapping().then_some((of_loop, body))
}

/// The parameter that a collection refers to.
fn parameter(collection: Node<'_>) -> Option<Parameter> {
    let reference = collection.intrinsic().filter(|intrinsic| intrinsic.name == "Ref")?;
    Parameter::declared(collection.template(), reference.argument.as_str()?)
}

fn split(list: &str) -> Vec<String> {
    list.split(',').map(|value| value.trim().to_owned()).collect()
}

/// The strings of a collection that is a list of literals.
fn literals(collection: Node<'_>) -> Option<Vec<String>> {
    let items = collection.is_sequence().then(|| collection.items())?;
    items.map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Whether a text has a loop variable: as `${Variable}`, or as `&{Variable}`, which stands for the letters and digits of
/// its value.
pub fn spelled_in(text: &str, variable: &str) -> bool {
    spellings(variable).iter().any(|spelling| text.contains(spelling))
}

fn spellings(variable: &str) -> [String; 2] {
    [format!("${{{variable}}}"), format!("&{{{variable}}}")]
}

/// How many rounds the loops make together, as far as their values are known.
pub fn count(loops: &[&Loop]) -> usize {
    let counts = loops.iter().filter_map(|it| it.values.as_ref()).map(Vec::len);
    counts.fold(1, usize::saturating_mul)
}

/// One round of loops.
#[derive(Debug, Clone)]
pub struct Round<'l> {
    loops: &'l [&'l Loop],
    /// The values of the loop variables, outermost first.
    pub values: Vec<String>,
}

impl Round<'_> {
    /// The value of a loop variable.
    pub fn value(&self, variable: &str) -> Option<&str> {
        self.pairs().find(|(of_loop, _)| of_loop.variable == variable).map(|(_, value)| value)
    }

    /// A text with the values in the places of the loop variables.
    pub fn put_into(&self, text: &str) -> String {
        self.pairs().fold(text.to_owned(), |text, (of_loop, value)| {
            let [whole, alphanumeric] = spellings(&of_loop.variable);
            let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
            text.replace(&whole, value).replace(&alphanumeric, &letters)
        })
    }

    fn pairs(&self) -> impl Iterator<Item = (&Loop, &str)> {
        self.loops.iter().copied().zip(self.values.iter().map(String::as_str))
    }
}

/// Each round of the loops. A loop whose values are not known has one, in which the variable stands for itself.
pub fn rounds<'l>(loops: &'l [&'l Loop]) -> Vec<Round<'l>> {
    let rounds = loops.iter().fold(vec![Vec::new()], |rounds, of_loop| {
        let itself = || vec![itself(of_loop)];
        let values = of_loop.values.clone().unwrap_or_else(itself);
        let next = rounds.into_iter().flat_map(|so_far: Vec<String>| {
            values.iter().map(move |value| so_far.iter().chain([value]).cloned().collect()).collect::<Vec<_>>()
        });
        next.collect()
    });
    rounds.into_iter().map(|values| Round { loops, values }).collect()
}

/// The round in which each variable stands for itself.
pub fn unexpanded<'l>(loops: &'l [&'l Loop]) -> Round<'l> {
    Round { loops, values: loops.iter().map(|it| itself(it)).collect() }
}

/// The first round, when there is one.
pub fn first<'l>(loops: &'l [&'l Loop]) -> Option<Round<'l>> {
    let values = loops.iter().map(|it| it.values.as_ref().map_or_else(|| Some(itself(it)), |it| it.first().cloned()));
    Some(Round { loops, values: values.collect::<Option<_>>()? })
}

fn itself(of_loop: &Loop) -> String {
    format!("${{{}}}", of_loop.variable)
}

#[cfg(test)]
mod tests {
    use super::{Loop, count, first, rounds};

    fn of(variable: &str, values: Option<&[&str]>) -> Loop {
        let values = values.map(|values| values.iter().map(|value| (*value).to_owned()).collect());
        Loop { name: format!("{variable}s"), variable: variable.to_owned(), values, parameter: None }
    }

    #[test]
    fn rounds_run_with_the_innermost_loop_first_and_know_their_values() {
        let loops = [of("Name", Some(&["a", "b"])), of("Stage", Some(&["x", "y"])), of("Other", None)];
        let all: Vec<_> = loops.iter().collect();
        let texts = |text: &str, loops: &[&Loop]| {
            rounds(loops).iter().map(|round| round.put_into(text)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(texts("./src", &[]), "./src");
        assert_eq!(texts("./${Name}", &all[..1]), "./a ./b");
        assert_eq!(texts("&{Stage}/${Name}", &all[..2]), "x/a y/a x/b y/b");
        assert_eq!(texts("&{Kind}/${Kind}", &[&of("Kind", Some(&["web-1.x"]))]), "web1x/web-1.x");
        assert_eq!(texts("${Other}/${Name}", &all[1..]), "${Other}/${Name} ${Other}/${Name}");
        let values: Vec<_> = rounds(&all[..2]).into_iter().map(|round| round.values.join("-")).collect();
        assert_eq!(values, ["a-x", "a-y", "b-x", "b-y"]);
        assert_eq!(rounds(&all[..2])[1].value("Stage"), Some("y"));
        assert_eq!(first(&all).map(|round| round.values.join("-")), Some("a-x-${Other}".to_owned()));
    }

    #[test]
    fn rounds_are_counted_before_they_are_made() {
        let loops: Vec<Loop> = (0..20).map(|index| of(&format!("V{index}"), Some(&["a"; 100]))).collect();
        let loops: Vec<_> = loops.iter().collect();
        assert_eq!((count(&loops), count(&loops[..2]), count(&[])), (usize::MAX, 10_000, 1));
    }
}

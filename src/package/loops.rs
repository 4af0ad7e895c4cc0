//! `Fn::ForEach`: which values a loop runs over, and the paths that a text with loop variables stands for.

use crate::template::{Node, Template};

/// A loop around a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// The name behind `Fn::ForEach::`.
    pub name: String,
    /// The loop variable.
    pub variable: String,
    /// What it runs over. `None` when that is known to CloudFormation alone.
    pub values: Option<Vec<String>>,
}

/// Rounds that a path may have. Each is a resource at least, of which CloudFormation takes 500.
pub const MAX_ROUNDS: usize = 500;

/// The prefix of a loop's key.
pub const PREFIX: &str = "Fn::ForEach::";

/// Reads a loop and finds its body: `Fn::ForEach::Name: [variable, collection, {body}]`.
pub fn read<'t>(key: &str, value: Node<'t>) -> Option<(Loop, Node<'t>)> {
    let items: Vec<Node<'t>> = value.items().collect();
    let [variable, collection, body] = items[..] else { return None };
    let name = key.strip_prefix(PREFIX)?.to_owned();
    let of_loop = Loop { name, variable: variable.as_str()?.to_owned(), values: values(collection) };
    body.is_mapping().then_some((of_loop, body))
}

/// The strings of a collection: a list of literals, or the default of the parameter that it refers to.
fn values(collection: Node<'_>) -> Option<Vec<String>> {
    if let Some(intrinsic) = collection.intrinsic() {
        let parameter = (intrinsic.name == "Ref").then(|| intrinsic.argument.as_str()).flatten()?;
        return parameter_default(collection.template(), parameter);
    }
    if !collection.is_sequence() {
        return None;
    }
    collection.items().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn parameter_default(template: &Template, parameter: &str) -> Option<Vec<String>> {
    let default = template.root().get("Parameters")?.get(parameter)?.get("Default")?.as_str()?;
    Some(default.split(',').map(|value| value.trim().to_owned()).collect())
}

/// The loops whose variable a text uses, as `${Variable}` or `&{Variable}`.
pub fn used<'l>(text: &str, loops: &'l [Loop]) -> Vec<&'l Loop> {
    loops.iter().filter(|it| spellings(&it.variable).iter().any(|spelling| text.contains(spelling))).collect()
}

fn spellings(variable: &str) -> [String; 2] {
    [format!("${{{variable}}}"), format!("&{{{variable}}}")]
}

/// How many rounds the loops make together, as far as their values are known.
pub fn count(loops: &[&Loop]) -> usize {
    let counts = loops.iter().filter_map(|it| it.values.as_ref()).map(Vec::len);
    counts.fold(1, usize::saturating_mul)
}

/// Each round of the loops: the values of the loop variables, outermost first, and the text with these put in.
/// `None` when the values of a loop are not known.
pub fn rounds(text: &str, loops: &[&Loop]) -> Option<Vec<(Vec<String>, String)>> {
    loops.iter().try_fold(vec![(Vec::new(), text.to_owned())], |rounds, of_loop| {
        let values = of_loop.values.as_ref()?;
        let spellings = spellings(&of_loop.variable);
        let next = rounds.into_iter().flat_map(|(so_far, text)| {
            let spellings = &spellings;
            values.iter().map(move |value| {
                let text = spellings.iter().fold(text.clone(), |text, spelling| text.replace(spelling, value));
                (so_far.iter().cloned().chain([value.clone()]).collect(), text)
            })
        });
        Some(next.collect())
    })
}

#[cfg(test)]
mod tests {
    use super::{Loop, count, rounds, used};

    fn of(variable: &str, values: Option<&[&str]>) -> Loop {
        let values = values.map(|values| values.iter().map(|value| (*value).to_owned()).collect());
        Loop { name: format!("{variable}s"), variable: variable.to_owned(), values }
    }

    #[test]
    fn only_loops_whose_variable_is_used_make_rounds() {
        let loops = [of("Name", Some(&["a", "b"])), of("Stage", Some(&["x", "y"])), of("Other", None)];
        let texts = |text: &str| {
            rounds(text, &used(text, &loops)).map(|rounds| rounds.into_iter().map(|(_, text)| text).collect::<Vec<_>>())
        };
        assert_eq!(texts("./src"), Some(vec!["./src".to_owned()]));
        assert_eq!(texts("./${Name}"), Some(vec!["./a".to_owned(), "./b".to_owned()]));
        assert_eq!(texts("&{Stage}/${Name}").map(|texts| texts.join(" ")), Some("x/a y/a x/b y/b".to_owned()));
        assert_eq!(texts("${Other}"), None);
    }

    #[test]
    fn rounds_are_counted_before_they_are_made() {
        let loops: Vec<Loop> = (0..20).map(|index| of(&format!("V{index}"), Some(&["a"; 100]))).collect();
        let loops: Vec<_> = loops.iter().collect();
        assert_eq!((count(&loops), count(&loops[..2]), count(&[])), (usize::MAX, 10_000, 1));
    }

    #[test]
    fn a_round_knows_the_values_of_its_variables() {
        let loops = [of("A", Some(&["1"])), of("B", Some(&["2"]))];
        let both: Vec<_> = loops.iter().collect();
        assert_eq!(rounds("${A}${B}", &both), Some(vec![(vec!["1".to_owned(), "2".to_owned()], "12".to_owned())]));
    }
}

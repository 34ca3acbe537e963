//! Topic names and topic filters: what is valid, and what matches what
//! (MQTT 5, section 4.7; the same in 3.1.1).

/// Why a topic name or a topic filter is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TopicFault {
    #[error("it is empty")]
    Empty,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it contains the character U+0000")]
    Null,
    #[error("a topic name contains no + or #")]
    WildcardInName,
    #[error("+ and # stand alone in their level, and # only in the last")]
    MisplacedWildcard,
}

/// Checks the name of a topic to publish to, and gives it as text.
pub(crate) fn check_name(name: &[u8]) -> Result<&str, TopicFault> {
    let name = std::str::from_utf8(name).map_err(|_| TopicFault::NotUtf8)?;
    if name.is_empty() {
        return Err(TopicFault::Empty);
    }
    if name.contains('\0') {
        return Err(TopicFault::Null);
    }
    if name.contains(['+', '#']) {
        return Err(TopicFault::WildcardInName);
    }
    Ok(name)
}

/// Checks the topic that a message wants its answers on, if it names one; says what is wrong.
pub(crate) fn check_response(topic: Option<&str>) -> Result<(), String> {
    match topic.map(|topic| check_name(topic.as_bytes())) {
        Some(Err(fault)) => Err(format!("the response topic is not valid: {fault}")),
        _ => Ok(()),
    }
}

/// Checks a topic filter.
pub(crate) fn check_filter(filter: &str) -> Result<(), TopicFault> {
    if filter.is_empty() {
        return Err(TopicFault::Empty);
    }
    if filter.contains('\0') {
        return Err(TopicFault::Null);
    }
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let is_last = levels.peek().is_none();
        let well_placed = match level {
            "+" => true,
            "#" => is_last,
            other => !other.contains(['+', '#']),
        };
        if !well_placed {
            return Err(TopicFault::MisplacedWildcard);
        }
    }
    Ok(())
}

/// Whether `topic`, a valid name, falls under `filter`, a valid filter.
///
/// A wildcard in the first level does not match a topic that starts with `$`.
pub(crate) fn matches(topic: &str, filter: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut topic_levels = topic.split('/');
    for filter_level in filter.split('/') {
        match (filter_level, topic_levels.next()) {
            // `a/#` also matches its parent `a`, hence before the look at the topic.
            ("#", _) => return true,
            (_, None) => return false,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    topic_levels.next().is_none()
}

/// Whether every topic under `filter` also falls under `pattern`, both valid filters. Where that is hard to
/// tell the answer is no.
pub(crate) fn covers(pattern: &str, filter: &str) -> bool {
    if filter.starts_with('$') && pattern.starts_with(['+', '#']) {
        return false;
    }
    let mut levels = filter.split('/');
    for wanted in pattern.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            (_, None | Some("#")) => return false,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

/// Whether some topic falls under both filters.
pub(crate) fn overlap(one: &str, other: &str) -> bool {
    let wild = |filter: &str| filter.starts_with(['+', '#']);
    if (one.starts_with('$') && wild(other)) || (other.starts_with('$') && wild(one)) {
        return false;
    }
    let (mut one, mut other) = (one.split('/'), other.split('/'));
    loop {
        match (one.next(), other.next()) {
            // Also next to nothing: `a/#` matches its parent `a`.
            (Some("#"), _) | (_, Some("#")) | (None, None) => return true,
            (None, Some(_)) | (Some(_), None) => return false,
            (Some("+"), Some(_)) | (Some(_), Some("+")) => {}
            (Some(level), Some(same)) if level == same => {}
            _ => return false,
        }
    }
}

/// The part of a filter before its first wildcard: every topic that it matches starts so, except
/// the parent that `prefix/#` also matches, which lacks the slash.
pub(crate) fn literal_prefix(filter: &str) -> &str {
    let end = filter.find(['+', '#']).unwrap_or(filter.len());
    filter[..end].trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn levels(of: &'static [&'static str]) -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(of), 1..4).prop_map(|levels| levels.join("/"))
    }

    fn filter() -> impl Strategy<Value = String> {
        (levels(&["a", "b", "", "+", "$x"]), any::<bool>()).prop_map(|(filter, open)| {
            let end = if open { "/#" } else { "" };
            if filter == "+" && open {
                "#".to_owned()
            } else {
                filter + end
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        /// What lets a user read or not must never be wider than what is delivered.
        #[test]
        fn comparing_filters_agrees_with_matching(
            topic in levels(&["a", "b", "", "$x"]), one in filter(), other in filter(),
        ) {
            prop_assume!(!topic.is_empty() && !one.is_empty() && !other.is_empty());
            let (by_one, by_other) = (matches(&topic, &one), matches(&topic, &other));
            prop_assert!(!(by_one && by_other) || overlap(&one, &other));
            prop_assert!(!(covers(&one, &other) && by_other) || by_one);
            prop_assert_eq!(overlap(&one, &other), overlap(&other, &one));
        }
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(
            check_name(b"releve/site-1/state"),
            Ok("releve/site-1/state")
        );
        assert_eq!(check_name("été/état".as_bytes()), Ok("été/état"));
        assert_eq!(check_name(b""), Err(TopicFault::Empty));
        assert_eq!(check_name(b"a/\xff"), Err(TopicFault::NotUtf8));
        assert_eq!(check_name(b"a\0b"), Err(TopicFault::Null));
        assert_eq!(check_name(b"a/+"), Err(TopicFault::WildcardInName));
        assert_eq!(check_name(b"a/#"), Err(TopicFault::WildcardInName));
    }

    #[test]
    fn filters_are_checked() {
        for valid in ["#", "+", "/", "a/+/b", "+/+", "a/#", "a//b", "é/+"] {
            assert_eq!(check_filter(valid), Ok(()), "{valid}");
        }
        for invalid in ["a#", "a/#/b", "a+", "+a/b", "#/", "a/b#"] {
            assert_eq!(
                check_filter(invalid),
                Err(TopicFault::MisplacedWildcard),
                "{invalid}"
            );
        }
        assert_eq!(check_filter(""), Err(TopicFault::Empty));
        assert_eq!(check_filter("a\0"), Err(TopicFault::Null));
    }

    #[test]
    fn matching_follows_the_standard() {
        for (topic, filter) in [
            ("a/b", "a/b"),
            ("a/b", "a/+"),
            ("a/b", "#"),
            ("a/b", "+/+"),
            ("a", "a/#"),
            ("a/b/c", "a/#"),
            ("/a", "+/a"),
            ("a/", "a/+"),
            ("$SYS/x", "$SYS/#"),
            ("é/x", "+/x"),
        ] {
            assert!(matches(topic, filter), "{topic} under {filter}");
        }
        for (topic, filter) in [
            ("a/b", "a"),
            ("a", "a/b"),
            ("a/b/c", "a/+"),
            ("ab", "a/#"),
            ("a", "a/+"),
            ("$SYS/x", "#"),
            ("$SYS/x", "+/x"),
        ] {
            assert!(!matches(topic, filter), "{topic} not under {filter}");
        }
    }

    #[test]
    fn filters_are_compared() {
        for (pattern, filter) in [
            ("#", "#"),
            ("a/#", "a/#"),
            ("a/#", "a"),
            ("a/#", "a/+/b"),
            ("a/+/b", "a/x/b"),
            ("+/+", "+/b"),
        ] {
            assert!(covers(pattern, filter), "{pattern} covers {filter}");
            assert!(overlap(pattern, filter), "{pattern} meets {filter}");
            assert!(overlap(filter, pattern), "{filter} meets {pattern}");
        }
        for (one, other) in [
            ("a/+", "a/#"),
            ("a/+/b", "a/#"),
            ("a/b", "+/b"),
            ("a/+/c", "+/b/#"),
            ("a/b", "a/b/#"),
        ] {
            assert!(!covers(one, other), "{one} does not cover {other}");
            assert!(overlap(one, other), "{one} meets {other}");
            assert!(overlap(other, one), "{other} meets {one}");
        }
        for (one, other) in [
            ("a/b", "a/c"),
            ("a/+", "a"),
            ("a/+", "b/#"),
            ("#", "$SYS/#"),
            ("a/+/c", "+/b/d"),
        ] {
            assert!(!covers(one, other) && !overlap(one, other), "{one} {other}");
            assert!(!overlap(other, one), "{other} {one}");
        }
    }

    #[test]
    fn every_match_starts_with_the_literal_prefix() {
        assert_eq!(literal_prefix("a/b/+/c"), "a/b");
        assert_eq!(literal_prefix("a/#"), "a");
        assert_eq!(literal_prefix("#"), "");
        assert_eq!(literal_prefix("a/b"), "a/b");
        assert_eq!(literal_prefix("+/b"), "");
    }
}

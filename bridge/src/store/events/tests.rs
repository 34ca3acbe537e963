use rusqlite::StatementStatus;

use super::*;
use crate::samples;
use crate::store::names::give_node;
use crate::store::schema;

const KINDS: [&str; 3] = ["mode_changed", "alarm_raised", "alarm_cleared"];
const EVENTS: i64 = 20_000;
/// Rows of a page in these tests.
const MOST: usize = 50;

/// A store with many events of a node, one every 150 s, whose kinds take turns.
fn store() -> Connection {
    let connection = schema::open_in_memory().expect("a database");
    let node = give_node(&connection, &samples::node()).expect("a node");
    let fill = format!(
        "INSERT INTO journal (number, node, epoch) VALUES (1, {node}, 'a');
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {EVENTS})
         INSERT INTO event SELECT i + 1, {node}, i * 150000, 1, i + 1, k, json_object('event', k)
         FROM (SELECT i, CASE i % 3 WHEN 0 THEN '{}' WHEN 1 THEN '{}' ELSE '{}' END AS k FROM n)",
        KINDS[0], KINDS[1], KINDS[2]
    );
    connection.execute_batch(&fill).expect("events");
    connection
}

fn wanted(kinds: &[&'static str], before: Option<Cursor>) -> Wanted {
    Wanted {
        from: 0,
        to: i64::MAX,
        kinds: kinds.to_vec(),
        before,
        most: MOST,
    }
}

/// The numbers of all events, page by page.
fn all(connection: &Connection, kinds: &[&'static str]) -> Vec<u64> {
    let (mut seqs, mut before) = (Vec::new(), None);
    loop {
        let page = newest(connection, &samples::node(), &wanted(kinds, before));
        let page = page.expect("a page");
        let numbers = page.events.iter().map(|event| event["seq"].as_u64());
        seqs.extend(numbers.map(|seq| seq.expect("a number")));
        before = page.next;
        if before.is_none() {
            return seqs;
        }
    }
}

#[test]
fn pages_of_some_kinds_tell_of_each_event_once_in_its_order() {
    let connection = store();
    let every = (1..=EVENTS as u64).rev();
    assert_eq!(all(&connection, &[]), every.clone().collect::<Vec<_>>());
    assert_eq!(all(&connection, &KINDS), every.clone().collect::<Vec<_>>());
    let alarms = every.filter(|seq| seq % 3 != 1).collect::<Vec<_>>();
    let twice = ["alarm_raised", "alarm_cleared", "alarm_raised"];
    assert_eq!(all(&connection, &twice), alarms);
}

#[test]
fn a_page_looks_at_no_more_rows_wherever_it_is() {
    let connection = store();
    for (sentence, kind) in [(OF_ANY_KIND, None), (OF_A_KIND, Some(KINDS[1]))] {
        for deep in [0, EVENTS / 2, EVENTS - 300] {
            let mut find = connection.prepare(sentence).expect("a sentence");
            let at = (EVENTS - deep) * 150_000;
            let mut bounds: Vec<&dyn rusqlite::ToSql> = vec![&1, &0, &at, &0, &MOST];
            bounds.extend(kind.as_ref().map(|kind| kind as &dyn rusqlite::ToSql));
            let count = (find.query_map(&bounds[..], |_| Ok(())).expect("rows")).count();
            assert_eq!(count, MOST);
            let steps = find.get_status(StatementStatus::VmStep);
            assert!(steps < 2_000, "{steps} steps at {deep}");
        }
    }
}

#[test]
fn the_newest_event_is_known() {
    let connection = store();
    let newest = newest_at(&connection, &samples::node());
    assert_eq!(newest.expect("an answer"), Some((EVENTS - 1) * 150_000));
    let nobody = "nobody".parse().expect("a node id");
    assert_eq!(newest_at(&connection, &nobody).expect("an answer"), None);
}

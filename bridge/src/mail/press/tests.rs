use super::*;
use crate::alerts::{Kind, Notice};
use crate::mail::text::Site;
use crate::mail::{Recipient, sample};
use crate::samples;

fn press() -> Press {
    Press {
        from: "Releve <releve@example.org>".parse().expect("an address"),
        history: None,
    }
}

fn letter(notice: Notice, to: &str) -> Letter {
    Letter {
        notice,
        site: Site {
            name: "Brest — phare".to_owned(),
            ..Site::default()
        },
        to: to.to_owned(),
        language: "fr".to_owned(),
        queued_at: samples::alarm_raised().at,
    }
}

async fn mail(notice: Notice, to: &str) -> String {
    let mail = press().mail(&letter(notice, to)).await.expect("a mail");
    String::from_utf8(mail.formatted()).expect("ASCII")
}

fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("{name}: ");
    mail.lines()
        .find_map(|line| line.strip_prefix(start.as_str()))
}

#[tokio::test]
async fn a_mail_that_is_sent_again_has_the_same_name() {
    let begun = sample::notice(samples::alarm_raised().at);
    let first = mail(begun.clone(), "a@example.org").await;
    let again = mail(begun.clone(), "a@example.org").await;
    let other = mail(begun.clone(), "b@example.org").await;
    let id = header(&first, "Message-ID").expect("a name");
    assert_eq!(header(&again, "Message-ID"), Some(id));
    assert_ne!(header(&other, "Message-ID"), Some(id));
    assert!(id.ends_with("@example.org>"), "{id}");
    assert_eq!(header(&first, "In-Reply-To"), None);
    assert_eq!(header(&first, "Auto-Submitted"), Some("auto-generated"));
    let reminder = Notice {
        kind: Kind::Reminder,
        number: 2,
        ..begun
    };
    let reminder = mail(reminder, "a@example.org").await;
    assert_ne!(header(&reminder, "Message-ID"), Some(id));
    assert_eq!(header(&reminder, "In-Reply-To"), Some(id));
    assert_eq!(header(&reminder, "References"), Some(id));
}

#[tokio::test]
async fn a_mail_without_a_picture_has_text_and_html() {
    let mail = mail(sample::notice(samples::alarm_raised().at), "a@example.org").await;
    assert!(mail.contains("multipart/alternative"));
    assert!(mail.contains("text/plain") && mail.contains("text/html"));
    assert!(!mail.contains("image/png"));
}

#[test]
fn the_test_mail_carries_its_picture() {
    let to: Recipient = "a@example.org=fr".parse().expect("a recipient");
    let mail = sample::mail(&press().from, &to, samples::alarm_raised().at).expect("a mail");
    let mail = String::from_utf8(mail.formatted()).expect("ASCII");
    for part in [
        "multipart/alternative",
        "multipart/related",
        "image/png",
        "Content-ID: <picture@releve>",
        "Content-Disposition: inline",
    ] {
        assert!(mail.contains(part), "{part}");
    }
    if let Ok(folder) = std::env::var("RELEVE_KEEP_PICTURES") {
        std::fs::write(format!("{folder}/test-mail-fr.eml"), mail).expect("a folder to write into");
    }
}

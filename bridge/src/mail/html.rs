//! A mail as HTML: tables and inline styles, which every reader of mails understands; nothing remote. Pure.

use std::fmt::Write as _;

use super::text::{Content, Tone};

/// The name under which the page shows the picture that travels with it.
pub const PICTURE: &str = "picture@releve";

/// Colours in the dark, for readers that know of it; all else is inline.
const DARK: &str = "@media (prefers-color-scheme:dark){\
.back{background:#11161c!important}.card{background:#1b222b!important;border-color:#2c3642!important}\
.ink{color:#e8edf2!important}.soft{color:#9fb0c0!important}.line{border-color:#2c3642!important}\
.box{background:#232c37!important}}";

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

/// The page.
#[must_use]
pub fn page(content: &Content) -> String {
    let language = content.language.tag();
    let title = escaped(&content.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{title}</title><style>{DARK}</style></head>\n\
         <body class=\"back\" style=\"margin:0;padding:0;background:#eef1f4\">\n\
         <table role=\"presentation\" class=\"back\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#eef1f4\">\
         <tr><td align=\"center\" style=\"padding:24px 12px\">\n\
         <table role=\"presentation\" class=\"card\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:640px;background:#ffffff;border:1px solid #dbe1e7;border-radius:12px;{FONT}\">\n"
    );
    head(&mut page, content);
    facts(&mut page, content);
    picture(&mut page, content);
    rest(&mut page, content);
    page.push_str("</table>\n</td></tr></table>\n</body></html>\n");
    page
}

/// Text as HTML shows it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
    }
    out
}

/// The colour of a tone: white text can be read on it.
const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Critical => "#b42318",
        Tone::Warning => "#a15c07",
        Tone::Info => "#1f5f99",
        Tone::Good => "#17714a",
    }
}

// Writing into a `String` never fails.

fn head(page: &mut String, content: &Content) {
    let colour = colour(content.tone);
    let (badge, title, lead) = (
        escaped(&content.badge),
        escaped(&content.title),
        escaped(&content.lead),
    );
    let _ = writeln!(
        page,
        "<tr><td style=\"background:{colour};border-radius:11px 11px 0 0;padding:18px 28px;color:#ffffff\">\
         <div style=\"font-size:12px;letter-spacing:.06em;text-transform:uppercase;opacity:.9\">{badge}</div>\
         <div style=\"font-size:21px;line-height:1.3;font-weight:600;padding-top:4px\">{title}</div></td></tr>\n\
         <tr><td class=\"ink\" style=\"padding:22px 28px 6px;font-size:15px;line-height:1.55;color:#1d2733\">{lead}</td></tr>"
    );
}

fn facts(page: &mut String, content: &Content) {
    page.push_str("<tr><td style=\"padding:10px 28px\"><table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"border-collapse:collapse\">\n");
    for (what, value) in &content.facts {
        let (what, value) = (escaped(what), escaped(value));
        let _ = writeln!(
            page,
            "<tr><td class=\"soft line\" valign=\"top\" style=\"padding:7px 16px 7px 0;border-bottom:1px solid #e6eaee;font-size:13px;color:#5b6876;white-space:nowrap\">{what}</td>\
             <td class=\"ink line\" style=\"padding:7px 0;border-bottom:1px solid #e6eaee;font-size:15px;color:#1d2733;width:100%\">{value}</td></tr>"
        );
    }
    page.push_str("</table></td></tr>\n");
}

fn picture(page: &mut String, content: &Content) {
    let Some(shown) = &content.picture else {
        return;
    };
    let shown = escaped(shown);
    let _ = writeln!(
        page,
        "<tr><td style=\"padding:12px 28px 4px\"><img src=\"cid:{PICTURE}\" alt=\"{shown}\" width=\"584\" style=\"display:block;width:100%;height:auto;border-radius:8px\"></td></tr>"
    );
}

fn rest(page: &mut String, content: &Content) {
    if let Some((heading, advice)) = &content.advice {
        let (heading, advice) = (escaped(heading), escaped(advice));
        let colour = colour(content.tone);
        let _ = writeln!(
            page,
            "<tr><td style=\"padding:14px 28px 6px\"><div class=\"box ink\" style=\"background:#f4f6f8;border-left:4px solid {colour};border-radius:6px;padding:12px 16px;font-size:15px;line-height:1.55;color:#1d2733\">\
             <strong>{heading}</strong><br>{advice}</div></td></tr>"
        );
    }
    for note in &content.notes {
        let note = escaped(note);
        let _ = writeln!(
            page,
            "<tr><td class=\"soft\" style=\"padding:8px 28px 0;font-size:14px;line-height:1.5;color:#5b6876\">{note}</td></tr>"
        );
    }
    if let Some((address, name)) = &content.page {
        let (address, name) = (escaped(address), escaped(name));
        let _ = writeln!(
            page,
            "<tr><td style=\"padding:16px 28px 4px\"><a href=\"{address}\" style=\"display:inline-block;background:#1f5f99;color:#ffffff;text-decoration:none;font-size:15px;font-weight:600;padding:10px 20px;border-radius:8px\">{name}</a></td></tr>"
        );
    }
    let footer = escaped(&content.footer);
    let _ = writeln!(
        page,
        "<tr><td class=\"soft\" style=\"padding:18px 28px 22px;font-size:12px;line-height:1.5;color:#5b6876\">{footer}</td></tr>"
    );
}

#[cfg(test)]
mod tests {
    use releve_protocol::Language;

    use super::*;

    #[test]
    fn what_a_site_calls_itself_is_text_and_nothing_is_remote() {
        let content = Content {
            language: Language::English,
            tone: Tone::Critical,
            badge: "critical".to_owned(),
            title: "<script>&\"".to_owned(),
            lead: "a < b".to_owned(),
            facts: vec![("Site".to_owned(), "<img src=x>".to_owned())],
            picture: Some("a \"chart\"".to_owned()),
            advice: Some(("What to do".to_owned(), "Go".to_owned())),
            notes: vec!["<b>".to_owned()],
            page: Some((
                "https://releve.example/site/a".to_owned(),
                "Open".to_owned(),
            )),
            footer: "Releve".to_owned(),
        };
        let page = page(&content);
        for hidden in ["<script>", "<img src=x>", "<b>", "a < b"] {
            assert!(!page.contains(hidden), "{hidden}");
        }
        let sources: Vec<_> = page.match_indices("src=\"").collect();
        assert_eq!(sources.len(), 1, "the picture that travels with it");
        assert!(page.contains("src=\"cid:picture@releve\""));
        assert_eq!(page.matches("http").count(), 1, "the link alone");
    }
}

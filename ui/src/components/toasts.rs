//! The latest commands and what became of each.

use leptos::prelude::*;
use releve_protocol::Language;

use super::list::{List, Row, Rows};
use crate::clock;
use crate::commands::{Outcome, Request, Sent};
use crate::context::Context;
use crate::format;
use crate::text::{self, Word};

/// The toasts, the latest last.
#[component]
pub fn Toasts() -> impl IntoView {
    let context = expect_context::<Context>();
    let rows: Rows = Box::new(move || {
        let row = |sent: &Sent| {
            let id = sent.id.clone();
            Row::new(id.clone(), move || view! { <Toast id/> }.into_any())
        };
        context
            .commands
            .with(|commands| commands.iter().map(row).collect())
    });
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <List rows/>
        </div>
    }
}

#[component]
fn Toast(id: String) -> impl IntoView {
    let context = expect_context::<Context>();
    let known = id.clone();
    let sent = Memo::new(move |_| {
        context
            .commands
            .with(|commands| commands.iter().find(|sent| sent.id == known).cloned())
    });
    let outcome = move || sent.with(|sent| sent.as_ref().map_or("", |sent| name(&sent.outcome)));
    let dismiss = move |_| {
        let id = id.clone();
        context
            .commands
            .update(move |commands| commands.dismiss(&id));
    };
    view! {
        <div class="toast" data-testid="toast" data-outcome=move || outcome()>
            <header>
                <b>{move || sent.get().map_or_else(String::new, |sent| title(context, &sent))}</b>
                <button
                    type="button"
                    class="close"
                    aria-label=context.word(Word::Close)
                    on:click=dismiss
                >
                    "×"
                </button>
            </header>
            {move || {
                // Read here, so that what is shown follows a switch of the language.
                let language = context.language.get();
                sent.get().map_or_else(|| ().into_any(), |sent| steps(context, &sent, language))
            }}
        </div>
    }
}

const fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Waiting => "sent",
        Outcome::Accepted => "accepted",
        Outcome::Verifying => "verifying",
        Outcome::Verified => "verified",
        Outcome::Failed => "failed",
        Outcome::Inconclusive => "inconclusive",
        Outcome::Rejected { .. } => "rejected",
        Outcome::NotAllowed => "not-allowed",
        Outcome::NoAnswer => "no-answer",
    }
}

/// What was asked, and of whom unless that site's page is shown.
fn title(context: Context, sent: &Sent) -> String {
    let title = text::commands::title(&sent.request, context.language.get());
    let is_here = context.route.get() == crate::route::Route::Site(sent.node.clone());
    if is_here {
        return title;
    }
    let name = context.fleet.with(|fleet| {
        fleet
            .site(&sent.node)
            .map_or_else(|| sent.node.to_string(), |site| site.name().to_owned())
    });
    format!("{name} · {title}")
}

/// What went wrong, in the page's language.
fn wrong(context: Context, sent: &Sent, language: Language) -> Option<String> {
    match &sent.outcome {
        Outcome::Rejected { code, reason } => {
            let site = context.fleet.with_untracked(|fleet| fleet.site(&sent.node));
            let reason = reason.as_deref();
            Some(text::answers::refusal(
                &sent.request,
                *code,
                reason,
                site.as_deref(),
                language,
            ))
        }
        Outcome::NotAllowed => Some(text::answers::not_allowed(language).to_owned()),
        Outcome::NoAnswer => Some(text::answers::no_answer(language).to_owned()),
        Outcome::Failed => Some(text::answers::contradicted(language).to_owned()),
        _ => None,
    }
}

fn steps(context: Context, sent: &Sent, language: Language) -> AnyView {
    if let Some(wrong) = wrong(context, sent, language) {
        return view! { <p class="wrong">{wrong}</p> }.into_any();
    }
    let is_answered = sent.answered_after_ms.is_some();
    let answered = sent
        .answered_after_ms
        .map(|after_ms| format!("+{}\u{a0}s", format::number(after_ms / 1000.0, 1, language)));
    let answer = if is_answered {
        Word::Accepted
    } else {
        Word::WaitingForAnswer
    };
    let is_switch = matches!(sent.request, Request::Switch(..));
    let has_proof = is_switch && sent.outcome != Outcome::Accepted;
    view! {
        <ol>
            <li data-done="">
                {Word::Sent.text(language)}" ✓"
                <small>{clock::name_second(sent.sent_ms, is_elsewhere(context, sent), language)}</small>
            </li>
            <li data-done=is_answered.then_some("")>
                {answer.text(language)}{is_answered.then_some(" ✓")}
                <small>{answered}</small>
            </li>
            {has_proof.then(|| proof(&sent.outcome, language))}
        </ol>
    }
    .into_any()
}

/// Whether the site's page tells the time in another zone than this device's, in which the sending is.
fn is_elsewhere(context: Context, sent: &Sent) -> bool {
    let site = context.fleet.with_untracked(|fleet| fleet.site(&sent.node));
    let zone = site.as_ref().and_then(|site| site.time_zone());
    zone.is_some_and(|zone| zone != clock::zone_here())
}

fn proof(outcome: &Outcome, language: Language) -> AnyView {
    let is_verified = *outcome == Outcome::Verified;
    let words = match outcome {
        Outcome::Verified => Word::Verified.text(language),
        Outcome::Inconclusive => text::answers::inconclusive(language),
        Outcome::Verifying => Word::Verifying.text(language),
        _ => "",
    };
    let is_over = is_verified || *outcome == Outcome::Inconclusive;
    view! {
        <li data-done=is_over.then_some("")>
            {words}{is_verified.then_some(" ✓")}
            <small>{is_verified.then(|| Word::ByMeasurements.text(language))}</small>
        </li>
    }
    .into_any()
}

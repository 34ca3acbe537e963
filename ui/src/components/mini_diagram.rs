//! The single-line diagram as a glyph: mains, relay 1, charger, relay 2, battery.

use leptos::prelude::*;
use releve_protocol::control::{Contact, RelayName};

use crate::context::{Context, LiveSite, SiteSnapshot};

fn position(site: &SiteSnapshot, relay: RelayName) -> Option<Contact> {
    let relay = site.relay(relay)?;
    Some(relay.actual.unwrap_or(relay.wanted))
}

fn attribute(contact: Option<Contact>) -> &'static str {
    contact.map_or("unknown", Contact::name)
}

/// The glyph of a site.
#[component]
pub fn MiniDiagram(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let of = move |relay| site.with(|site| position(site, relay));
    let label = move || {
        let language = context.language.get();
        [RelayName::Mains, RelayName::Charger]
            .map(|relay| {
                let contact = of(relay).map_or("?", |contact| language.contact(contact));
                format!("{} {contact}", language.relay(relay))
            })
            .join(", ")
    };
    view! {
        <svg
            class="mini"
            viewBox="0 0 132 24"
            role="img"
            aria-label=move || label()
            data-r1=move || attribute(of(RelayName::Mains))
            data-r2=move || attribute(of(RelayName::Charger))
        >
            <g class="mini-supply">
                <circle cx="9" cy="14" r="7.5"/>
                <path d="M5.5 14q1.75-4 3.5 0t3.5 0M16.5 14H30"/>
            </g>
            <path class="mini-blade-1" d="M30 14H46"/>
            <path class="mini-after-1" d="M46 14H56"/>
            <g class="mini-charger">
                <rect x="56" y="7" width="15" height="14" rx="2"/>
                <path d="M71 14H82"/>
            </g>
            <path class="mini-blade-2" d="M82 14H98"/>
            <path class="mini-after-2" d="M98 14H109"/>
            <g class="mini-battery">
                <path d="M113 7V5M126 7V5"/>
                <rect x="109" y="7" width="21" height="14" rx="2"/>
            </g>
            <g class="mini-contacts-1">
                <circle cx="30" cy="14" r="2.2"/>
                <circle cx="46" cy="14" r="2.2"/>
            </g>
            <g class="mini-contacts-2">
                <circle cx="82" cy="14" r="2.2"/>
                <circle cx="98" cy="14" r="2.2"/>
            </g>
        </svg>
    }
}

//! Who somebody is, where the broker asks.

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

use super::when::When;
use crate::context::Context;
use crate::mqtt::{Connection, Login};
use crate::text::Word;

/// The form by which a person logs in.
#[component]
pub fn LoginForm() -> impl IntoView {
    let context = expect_context::<Context>();
    let user = NodeRef::<Input>::new();
    let password = NodeRef::<Input>::new();
    let was_refused = move || {
        let connection = context.connection.get();
        connection == Connection::LoginWanted { was_refused: true }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let text = |input: NodeRef<Input>| input.get().map(|input| input.value());
        let login = text(user).zip(text(password));
        context.log_in(login.map(|(user, password)| Login { user, password }));
    };
    view! {
        <section class="plate login" aria-labelledby="login-title">
            <header>
                <h2 id="login-title">{context.word(Word::LogIn)}</h2>
            </header>
            <p class="dim">{context.word(Word::LogInWhy)}</p>
            <form on:submit=submit>
                <label>
                    <span>{context.word(Word::User)}</span>
                    <input
                        type="text"
                        autocomplete="username"
                        autocapitalize="none"
                        required
                        data-testid="login-user"
                        node_ref=user
                    />
                </label>
                <label>
                    <span>{context.word(Word::Password)}</span>
                    <input
                        type="password"
                        autocomplete="current-password"
                        required
                        data-testid="login-password"
                        node_ref=password
                    />
                </label>
                <p role="alert" class="wrong" data-testid="login-refused">
                    {move || was_refused().then(|| context.say(Word::LogInRefused))}
                </p>
                <button type="submit" class="btn main" data-testid="login-submit">
                    {context.word(Word::LogIn)}
                </button>
            </form>
        </section>
    }
}

/// Who is logged in, and the way out; nothing where the broker did not ask.
#[component]
pub fn LoggedIn() -> impl IntoView {
    let context = expect_context::<Context>();
    view! {
        <When is=Signal::derive(move || context.user.with(Option::is_some))>
            <p class="logged-in">
                <span data-testid="logged-in">{move || context.user.get()}</span>
                <button
                    type="button"
                    class="btn"
                    data-testid="log-out"
                    on:click=move |_| context.log_in(None)
                >
                    {context.word(Word::LogOut)}
                </button>
            </p>
        </When>
    }
}

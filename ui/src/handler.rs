//! What happens when a person does something.

use leptos::ev::MouseEvent;

/// What a click does. Each type of handler is a copy of Leptos' code in what a browser downloads, so
/// all of them are of this one.
pub type OnClick = Box<dyn FnMut(MouseEvent)>;

/// A handler of clicks.
pub fn on_click(mut run: impl FnMut() + 'static) -> OnClick {
    Box::new(move |_| run())
}

//! Moments, as people say them.

use crate::accounts::visitor::now;
use crate::page::{Html, words};

/// A moment in the past, such as `3 minutes ago`; the whole of it is in the title.
pub(super) fn ago(unix: u64) -> Html {
    let past = now().saturating_sub(unix);
    time(
        unix,
        &if past < 60 { "just now".to_owned() } else { format!("{} ago", words::span(past)) },
    )
}

/// A moment in the future, such as `in 2 hours`.
pub(super) fn ahead(unix: u64) -> Html {
    time(unix, &format!("in {}", words::span(unix.saturating_sub(now()))))
}

/// The day of a moment, such as `23 Dec 2026`.
pub(super) fn day(unix: u64) -> Html {
    let text = words::utc(unix);
    time(unix, text.split(',').next().unwrap_or_default())
}

fn time(unix: u64, text: &str) -> Html {
    let (machine, whole) = (Html::text(words::rfc3339(unix)), Html::text(words::utc(unix)));
    let text = Html::text(text);
    Html::ours(format!(r#"<time datetime="{machine}" title="{whole}">{text}</time>"#))
}

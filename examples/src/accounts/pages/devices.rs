//! The list of devices.

use axum::response::Response;
use cloakroom::Session;
use cloakroom::auth::Device;
use cloakroom::store::StoreTime;

use super::{Page, time, token};
use crate::accounts::Site;
use crate::accounts::problem::Problem;
use crate::accounts::users::User;
use crate::accounts::visitor::Visitor;
use crate::page::Html;

/// Where the user is logged in, this device first; `None` where nobody knows.
pub(in crate::accounts) fn page(
    site: &Site,
    user: &User,
    session: &Session<Visitor>,
    devices: Option<Vec<Device>>,
) -> Result<Response, Problem> {
    let list = match devices {
        None => Html::ours(include_str!("devices_unknown.html")),
        Some(mut devices) => {
            devices.sort_by_key(|device| !device.is(session));
            let mut items = String::new();
            for device in &devices {
                items.push_str(&item(device, session)?.into_string());
            }
            Html::ours(format!(r#"<ul class="devices">{items}</ul>"#))
        }
    };
    let page = Page {
        site,
        session,
        user: Some(user),
        title: "Your devices",
        here: "/devices",
        problem: None,
    };
    page.show(include_str!("devices.html"), &[("list", list)])
}

/// What a device is called.
pub(in crate::accounts) fn label(device: &Device) -> String {
    let label = device.label.as_deref().filter(|label| !label.is_empty());
    label.map_or("Some device".into(), String::from_utf8_lossy).into_owned()
}

fn item(device: &Device, session: &Session<Visitor>) -> Result<Html, Problem> {
    let this = device.is(session);
    let (class, end) = if this { (" this", "Log out") } else { ("", "End") };
    let badge = if this { r#"<span class="badge">This device</span>"# } else { "" };
    let label = Html::text(label(device));
    let seen = match this {
        true => Html::ours("in use now"),
        false => Html::ours(format!("last used {}", time::ago(seconds(device.seen)))),
    };
    Ok(Html::template(
        include_str!("device.html"),
        &[
            ("class", Html::ours(class)),
            ("label", label),
            ("badge", Html::ours(badge)),
            ("created", time::ago(seconds(device.created))),
            ("seen", seen),
            ("csrf", token(session)?),
            ("id", Html::text(&device.public_id)),
            ("end", Html::ours(end)),
        ],
    ))
}

fn seconds(time: StoreTime) -> u64 {
    u64::try_from(time.as_millis() / 1000).unwrap_or_default()
}

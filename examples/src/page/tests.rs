use super::*;

const NOW: u64 = 1_795_444_265;

fn shop() -> Shop {
    Shop { views: 7, user: Some("Ada".to_owned()), note: vec![0; 300] }
}

fn view(shop: &Shop) -> View<'_> {
    View {
        framework: "axum",
        app: "shop-dev",
        cookie_name: "__Host-session",
        mode: Protection::Encrypted,
        development: true,
        now: NOW,
        shop,
        sealed: Some(Sealed {
            kid: "1a2b3c4d".to_owned(),
            characters: 512,
            line: 570,
            attributes: "Secure; HttpOnly; SameSite=Lax; Path=/".to_owned(),
            own_lifetimes: false,
        }),
        ends: Some(Ends {
            created: NOW - 86_400,
            idle_end: NOW + 14 * 86_400,
            absolute_end: NOW + 29 * 86_400,
            idle: 14 * 86_400,
            persistent: false,
        }),
        store: None,
        longest_note: 2_900,
    }
}

fn html(view: &View<'_>) -> String {
    view.render().expect("a nonce").html
}

#[test]
fn every_place_of_the_template_is_filled() {
    let shop = shop();
    let mut view = view(&shop);
    assert!(!html(&view).contains("{{"));
    (view.sealed, view.ends) = (None, None);
    let html = html(&view);
    assert!(!html.contains("{{") && html.contains("No cookie."), "{html}");
}

#[test]
fn a_name_is_text_wherever_it_stands() {
    let shop = Shop { user: Some("<script>alert('1')</script>\"".to_owned()), ..shop() };
    let html = html(&view(&shop));
    assert!(!html.contains("<script>alert"));
    assert_eq!(html.matches("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;").count(), 2);
}

#[test]
fn the_parts_of_the_cookie_add_up() {
    let shop = shop();
    let mut view = view(&shop);
    // 512 characters are 384 bytes, of which 45 are the frame and 31 stand before the data.
    let data = shop.encoded_len();
    let encrypted = html(&view);
    assert!(encrypted.contains("384\u{a0}bytes"));
    assert!(encrypted.contains("Sealed: 339\u{a0}bytes"));
    assert!(encrypted.contains(&format!("Your data: {data}\u{a0}bytes")));
    assert!(encrypted.contains(&format!("End: {}\u{a0}byte", 339 - 31 - data)));
    view.mode = Protection::Signed;
    assert!(html(&view).contains("Payload: 347\u{a0}bytes"));
}

#[test]
fn with_a_store_the_cookie_holds_the_id_alone() {
    let shop = shop();
    let mut view = view(&shop);
    view.store = Some("sqlite");
    view.sealed = view.sealed.map(|sealed| Sealed { characters: 96, line: 154, ..sealed });
    let html = html(&view);
    assert!(html.contains("The sqlite store holds the rest"), "{html}");
    assert!(!html.contains("Your data") && html.contains("Session id: 16\u{a0}bytes"));
    assert!(html.contains("End: 1\u{a0}byte<"), "72 bytes are 45 of the frame, 26 and the end");
}

#[test]
fn the_end_is_told_in_words_and_in_utc() {
    let shop = shop();
    let html = html(&view(&shop));
    assert!(html.contains(">29 days</time> if you keep coming; 14 days after your last visit"));
    assert!(html.contains(">22 Nov 2026, 14:31:05 UTC</time>"), "{html}");
}

#[test]
fn the_policy_allows_this_style_and_script_only() {
    let shop = shop();
    let (page, other) = (view(&shop).render(), view(&shop).render());
    let (page, other) = (page.expect("a nonce"), other.expect("a nonce"));
    assert_ne!(page.policy, other.policy);
    let nonce = page.html.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next());
    let nonce = nonce.expect("the style has a nonce");
    assert!(page.policy.contains(&format!("style-src 'nonce-{nonce}'")));
    assert!(page.policy.contains(&format!("script-src 'nonce-{nonce}'")));
    assert_eq!(page.html.matches("<script").count(), 1);
    assert!(!page.html.contains(" style=") && !page.html.contains(" onclick="));
}

//! A session that is asked for when the response has left already.

use cloakroom::{RequestParts, SessionError};

use crate::support::{Browser, Site, block_on, pick};

#[test]
fn a_session_first_asked_for_after_the_response_can_be_read_and_not_changed() {
    let site = Site::new();
    for browser in [Browser::new(), site.visitor(pick)] {
        let cookies = browser.header();
        let headers = [("cookie", cookies.as_bytes())];
        let request = RequestParts::new("GET", "/stream", &headers);
        let slot = site.sessions.slot(&request).unwrap();
        assert!(slot.commit(200).is_none(), "nobody asked for it");

        let session = block_on(slot.session(&headers));
        let carried = u32::from(browser.len() > 0);
        assert_eq!(session.read(|basket| basket.apples), Ok(carried));
        assert_eq!(session.update(|basket| basket.apples = 9), Err(SessionError::ResponseSent));
        assert_eq!(session.destroy(), Err(SessionError::ResponseSent));
    }
}

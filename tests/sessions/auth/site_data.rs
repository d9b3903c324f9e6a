//! The browser is asked to drop data of the site: when, and with which response.

use std::borrow::Cow;

use cloakroom::auth::{self, SiteData};
use cloakroom::{Headers, ResponseHeaders, Session, SessionError};

use super::fleet::{Fleet, Mood};
use super::{log_in, log_out};
use crate::support::{Basket, Site, block_on, look};

fn clears(session: &Session<Basket>, what: &[SiteData]) {
    auth::clear_site_data(session, what).unwrap();
}

fn asked(headers: Result<Headers, cloakroom::CommitError>) -> Option<&'static str> {
    headers.unwrap().clear_site_data
}

#[test]
fn a_logout_asks_for_nothing_unless_it_is_told_to() {
    let site = Site::new();
    let mut browser = site.visitor(|session| log_in(session, "ada"));
    assert_eq!(asked(site.visit(&mut browser, log_out).headers), None);
    assert_eq!(asked(site.visit(&mut browser, |session| clears(session, &[])).headers), None);
}

#[test]
fn what_is_asked_for_goes_with_the_response_of_the_logout_alone() {
    let site = Site::new();
    let mut browser = site.visitor(|session| log_in(session, "ada"));
    let answer = site.visit(&mut browser, |session| {
        clears(session, &[SiteData::Storage]);
        log_out(session);
        clears(session, &[SiteData::Cookies, SiteData::Storage]);
    });
    answer.removes();
    assert_eq!(asked(answer.headers), Some(r#""cookies", "storage""#));
    assert_eq!(asked(site.visit(&mut browser, look).headers), None);
}

#[test]
fn it_is_a_line_of_its_own_in_the_response() {
    struct Lines(Vec<(&'static str, String)>);
    impl ResponseHeaders for Lines {
        fn visit(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}

        fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
            self.0.push((name, value.into_owned()));
        }
    }
    let site = Site::new();
    let session = site.sessions.anonymous();
    clears(&session, &[SiteData::Cache]);
    let mut lines = Lines(vec![]);
    site.commit(&session, 200).unwrap().apply(&mut lines);
    assert!(lines.0.contains(&("clear-site-data", r#""cache""#.to_owned())), "{:?}", lines.0);
    let late = auth::clear_site_data(&session, &[SiteData::Cache]);
    assert_eq!(late, Err(SessionError::ResponseSent));
}

#[test]
fn nothing_is_dropped_by_a_logout_that_failed() {
    let fleet = Fleet::of(1);
    let mut browser = fleet.sites[0].visitor(|session| log_in(session, "ada"));
    fleet.office.feels(Mood::Down);
    let answer = fleet.sites[0].visit(&mut browser, |session| {
        clears(session, &[SiteData::Storage]);
        assert!(block_on(auth::logout(session)).is_err());
    });
    assert!(answer.headers.is_err(), "an empty 503 takes the place of the response");
}

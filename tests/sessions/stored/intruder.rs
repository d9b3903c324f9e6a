//! Somebody who can write to the store, and has no key.

use cloakroom::Policy;
use cloakroom::store::{Record, RowKey, Store, StoreTime};
use sha2::{Digest, Sha256};

use super::{Shelf, shop, site};
use crate::support::{Browser, Site, apples, block_on, look, one_key, pick, secs};

/// The row of the session that `browser` has.
fn row(site: &Site, browser: &Browser) -> RowKey {
    let mut hash = Sha256::new();
    hash.update(b"cloakroom store v1");
    hash.update(site.inside(browser).expose_id());
    RowKey::from_bytes(hash.finalize().into())
}

fn read(shelf: &Shelf, key: &RowKey) -> Vec<u8> {
    block_on(shelf.memory.load(key)).unwrap().expect("a record").data
}

/// Puts `data` there, whether or not there is a record, until `expires`.
fn put(shelf: &Shelf, key: &RowKey, data: &[u8], expires: StoreTime) {
    let record = Record::new(data, StoreTime::from_millis(0), expires);
    if block_on(shelf.memory.update(key, None, &record)).is_err() {
        block_on(shelf.memory.create(key, &record)).unwrap();
    }
}

fn later(site: &Site) -> StoreTime {
    StoreTime::from(site.now()).plus(secs(100_000_000))
}

#[test]
fn a_record_with_any_one_byte_altered_is_no_session_and_the_cookie_stays() {
    let (site, shelf) = shop();
    let mut browser = site.visitor(pick);
    let key = row(&site, &browser);
    let genuine = read(&shelf, &key);
    for nth in 0..genuine.len() {
        let mut altered = genuine.clone();
        altered[nth] ^= 0x10;
        put(&shelf, &key, &altered, later(&site));
        site.visit(&mut browser, |session| assert!(session.is_new(), "byte {nth}"))
            .leaves_the_cookie_alone();
    }
    put(&shelf, &key, &genuine, later(&site));
    assert_eq!(apples(&site.load(&browser)), 1);
}

#[test]
fn two_rows_that_were_exchanged_are_neither_session() {
    let (site, shelf) = shop();
    let [one, other] = [site.visitor(pick), site.visitor(pick)];
    let keys = [&one, &other].map(|browser| row(&site, browser));
    let records = keys.each_ref().map(|key| read(&shelf, key));
    for (key, record) in keys.iter().zip(records.iter().rev()) {
        put(&shelf, key, record, later(&site));
    }
    assert!(site.load(&one).is_new() && site.load(&other).is_new());
}

#[test]
fn a_row_that_was_removed_ends_its_session_and_no_other() {
    let (site, shelf) = shop();
    let [mut one, mut other] = [site.visitor(pick), site.visitor(pick)];
    block_on(shelf.memory.delete(&row(&site, &one))).unwrap();
    site.visit(&mut one, look).removes();
    site.visit(&mut other, |session| assert_eq!(apples(session), 1)).leaves_the_cookie_alone();
}

/// What no seal can tell: that there was something later.
#[test]
fn a_record_that_was_put_back_is_the_session_as_it_was_then() {
    let (site, shelf) = shop();
    let mut browser = site.visitor(pick);
    let key = row(&site, &browser);
    let former = read(&shelf, &key);
    site.visit(&mut browser, pick);
    put(&shelf, &key, &former, later(&site));
    assert_eq!(apples(&site.load(&browser)), 1);

    let copy = browser.clone();
    site.visit(&mut browser, |session| session.destroy().unwrap()).removes();
    assert!(site.load(&copy).is_new());
    put(&shelf, &key, &former, later(&site));
    assert_eq!(apples(&site.load(&copy)), 1, "a row put back for a cookie that is still about");
}

#[test]
fn no_date_in_a_row_extends_the_session_beyond_its_seal() {
    let shelf = Shelf::new();
    let policy = Policy::default().idle(secs(1000)).absolute(secs(1000));
    let site: Site = site(&shelf, one_key(), |config| config.policy(policy), |backing| backing);
    let browser = site.visitor(pick);
    let key = row(&site, &browser);
    put(&shelf, &key, &read(&shelf, &key), later(&site));
    assert!(!site.at(999).load(&browser).is_new());
    assert!(site.at(1000).load(&browser).is_new());
}

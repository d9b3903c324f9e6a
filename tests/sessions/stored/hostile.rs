//! Records that somebody changed in the store, and stores that lie.

use std::time::Duration;

use cloakroom::store::{Record, RowKey, Store, StoreTime};
use cloakroom::{Clock, Session};

use super::{Shelf, shop};
use crate::support::{Basket, Site, apples, block_on, look, pick};

/// Puts these bytes into the place of the only record.
fn put(site: &Site, shelf: &Shelf, data: &[u8]) {
    let now = StoreTime::from(site.clock.now());
    let record = Record::new(data, now, now.plus(Duration::from_secs(600)));
    block_on(shelf.update(&key(shelf), None, &record)).unwrap();
}

fn data(shelf: &Shelf) -> Vec<u8> {
    block_on(shelf.load(&key(shelf))).unwrap().unwrap().data
}

fn key(shelf: &Shelf) -> RowKey {
    shelf.made.lock().unwrap().expect("a record")
}

#[test]
fn a_record_of_any_other_bytes_is_a_session_that_does_not_open() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let good = data(&shelf);
    let mut bad: Vec<Vec<u8>> = (0..200).map(noise).collect();
    bad.extend((0..good.len()).map(|at| good[..at].to_vec()));
    bad.extend((0..good.len()).map(|at| {
        let mut other = good.clone();
        other[at] ^= 1;
        other
    }));
    bad.push([good.as_slice(), &[0]].concat());
    for bytes in bad {
        put(&site, &shelf, &bytes);
        let answer = site.visit(&mut browser, Session::is_new);
        assert!(answer.out);
        answer.leaves_the_cookie_alone();
    }
    put(&site, &shelf, &good);
    assert_eq!(apples(&site.load(&browser)), 1);
}

#[test]
fn a_record_that_turns_to_noise_in_the_middle_of_a_request_is_not_written_over() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let slow = site.load(&browser);
    pick(&slow);
    put(&site, &shelf, b"noise");
    assert!(site.commit(&slow, 200).is_err());
    assert_eq!(data(&shelf), b"noise");
    site.visit(&mut browser, look);
}

/// Bytes that follow no pattern of ours.
fn noise(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at * 167 + len * 31) % 256).unwrap()).collect()
}

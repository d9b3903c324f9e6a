# Cookies of the real Action Pack.

require "json"
require "openssl"
require "active_support"
require "active_support/all"
require "action_dispatch"
require "action_dispatch/middleware/cookies"
require "active_support/messages/rotation_configuration"

NOW = Time.at(1_790_000_000).utc
OLD, NEW = "the secret key base before this one", "the secret key base of the site"
DIGESTS = { "sha1" => OpenSSL::Digest::SHA1, "sha256" => OpenSSL::Digest::SHA256 }.freeze

def generator(secret, digest)
  if ActionPack.version >= Gem::Version.new("7.0")
    return ActiveSupport::KeyGenerator.new(secret, iterations: 1000, hash_digest_class: DIGESTS.fetch(digest))
  end
  # Before 7.0 the generator knows SHA-1 alone; it is given the other hash by hand.
  made = ActiveSupport::KeyGenerator.new(secret, iterations: 1000)
  made.define_singleton_method(:generate_key) do |salt, size = 64|
    OpenSSL::PKCS5.pbkdf2_hmac(secret, salt, 1000, size, DIGESTS.fetch(digest).new)
  end
  made
end

def jar(secret, digest, signed_digest, metadata)
  ActionDispatch::Request.new(
    "HTTP_HOST" => "shop.example", "rack.input" => StringIO.new, "REQUEST_METHOD" => "GET",
    "action_dispatch.key_generator" => generator(secret, digest),
    "action_dispatch.secret_key_base" => secret,
    "action_dispatch.authenticated_encrypted_cookie_salt" => "authenticated encrypted cookie",
    "action_dispatch.encrypted_cookie_salt" => "encrypted cookie",
    "action_dispatch.encrypted_signed_cookie_salt" => "signed encrypted cookie",
    "action_dispatch.signed_cookie_salt" => "signed cookie",
    "action_dispatch.signed_cookie_digest" => signed_digest,
    "action_dispatch.use_authenticated_cookie_encryption" => true,
    "action_dispatch.use_cookies_with_metadata" => metadata,
    "action_dispatch.cookies_serializer" => :json,
    "action_dispatch.cookies_rotations" => ActiveSupport::Messages::RotationConfiguration.new,
  ).cookie_jar
end

def vector(id, kind, data, keys: [NEW], secret: NEW, digest: "sha1", signed: "SHA1", expires: nil,
           metadata: true, name: "_shop_session", **more)
  cookies = jar(secret, digest, signed, metadata)
  cookies.public_send(kind)[name] = { value: data, expires: expires }.compact
  headers = {}
  cookies.write(headers)
  cookie = headers["Set-Cookie"].split(";").first.split("=", 2).last
  { id: id, kind: kind, name: name, keys: keys, digest: digest, signed_with: signed.downcase,
    metadata: metadata, cookie: cookie, now: NOW.to_i, expected: { data: data } }.merge(more)
end

small = { "user_id" => 7, "name" => "Zoë", "emoji" => "😀", "f" => 1.5, "n" => nil, "html" => "<&>" }
cart = { "cart" => (0...40).map { |n| { "sku" => "SKU-#{n}" } } }
envelope = lambda do |data, expires|
  { "_rails" => { "data" => data, "exp" => expires, "pur" => "cookie._shop_session" }.compact }
end
vectors = %i[encrypted signed].flat_map do |kind|
  [
    vector("#{kind}", kind, small),
    vector("#{kind}_long", kind, cart),
    vector("#{kind}_sha256_generator", kind, small, digest: "sha256"),
    vector("#{kind}_without_metadata", kind, small, metadata: false),
    vector("#{kind}_fallback", kind, small, secret: OLD, keys: [NEW, OLD]),
    vector("#{kind}_another_secret", kind, small, secret: OLD, expected: { error: "bad_signature" }),
    vector("#{kind}_before_its_end", kind, small, expires: NOW + 60, now: NOW.to_i + 59),
    vector("#{kind}_expired", kind, small, expires: NOW + 60, now: NOW.to_i + 60,
           expected: { error: "expired" }),
    # The envelope that Rails 7.1 writes where `use_message_serializer_for_metadata` is set: given to an
    # older one as the value, since it says the same in the same place.
    vector("#{kind}_envelope_of_7_1", kind, envelope.call(small, nil), metadata: false,
           expected: { data: small }).merge(metadata: true),
    vector("#{kind}_envelope_of_7_1_expired", kind, envelope.call(small, NOW.iso8601(3)),
           metadata: false, expected: { error: "expired" }).merge(metadata: true),
  ]
end
vectors << vector("signed_sha256_signature", :signed, small, signed: "SHA256")
made_with = { "actionpack" => ActionPack.version.to_s, "activesupport" => ActiveSupport.version.to_s }
puts JSON.pretty_generate("format" => "rails", "made_with" => made_with, "vectors" => vectors)

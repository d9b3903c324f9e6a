# The encrypted cookie of Rails: ActiveSupport's MessageEncryptor as its cookie jar configures it,
# percent-encoded as Rack writes it.

require "json"
require "logger"
require "cgi"
require "active_support"
require "active_support/message_encryptor"

ROUNDS = 30
BATCH = 100
PURPOSE = "cookie._session"

def micros
  times = Array.new(ROUNDS) do
    start = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID, :nanosecond)
    BATCH.times { yield }
    (Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID, :nanosecond) - start) / BATCH / 1000.0
  end
  times.sort[ROUNDS / 2]
end

encryptor = ActiveSupport::MessageEncryptor.new("x" * 32, cipher: "aes-256-gcm", serializer: JSON)
seal = ->(session) { CGI.escape(encryptor.encrypt_and_sign(session, purpose: PURPOSE)) }
open = ->(value) { encryptor.decrypt_and_verify(CGI.unescape(value), purpose: PURPOSE) }

JSON.parse(File.read(ARGV.fetch(0))).each do |record|
  value = seal.call(record)
  raise "it does not come back" unless open.call(value) == record

  sealed = micros { seal.call(record) }
  opened = micros { open.call(value) }
  puts ["Rails encrypted cookie", JSON.generate(record).bytesize, value.length,
        sealed.round(1), opened.round(1)].join("\t")
end

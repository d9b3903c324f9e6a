<?php
// Cookies of the real Illuminate\Encryption and Illuminate\Cookie.

require_once "Illuminate/Contracts/autoload.php";
require_once "Illuminate/Encryption/autoload.php";
require_once "Illuminate/Cookie/autoload.php";

use Illuminate\Cookie\CookieValuePrefix;
use Illuminate\Encryption\Encrypter;

$old = "base64:" . base64_encode(str_repeat("old key ", 4));
$new = "base64:" . base64_encode(str_repeat("new key ", 4));

function vector(string $id, string $cipher, string $value, string $sealer, array $keys, array $more = [])
{
    $name = $more["sealed_as"] ?? "laravel_session";
    $key = base64_decode(substr($sealer, 7));
    $encrypter = new Encrypter($key, $cipher);
    $text = CookieValuePrefix::create($name, $key) . $value;
    $cookie = rawurlencode($encrypter->encrypt($text, false));
    return $more + ["id" => "$id $cipher", "cipher" => $cipher, "name" => "laravel_session",
        "keys" => $keys, "cookie" => $cookie, "expected" => ["data" => $value]];
}

$vectors = [];
foreach (["AES-256-CBC", "AES-256-GCM"] as $cipher) {
    $bad = ["expected" => ["error" => "bad_signature"]];
    $vectors[] = vector("empty", $cipher, "", $new, [$new]);
    $vectors[] = vector("id", $cipher, str_repeat("aB3", 13) . "x", $new, [$new]);
    $vectors[] = vector("text", $cipher, "Zoë 😀 | {\"a\":1}", $new, [$new]);
    $vectors[] = vector("long", $cipher, str_repeat("0123456789", 150), $new, [$new]);
    $vectors[] = vector("fallback", $cipher, "a", $old, [$new, $old]);
    $vectors[] = vector("another key", $cipher, "a", $old, [$new], $bad);
    $vectors[] = vector("another name", $cipher, "a", $new, [$new],
        ["sealed_as" => "other", "expected" => ["error" => "malformed_after_valid_signature"]]);
}
$made = trim(shell_exec("dpkg-query -W -f='\${Version}' php-illuminate-encryption") ?? "");
echo json_encode(["format" => "laravel", "made_with" => ["php-illuminate-encryption" => $made],
    "vectors" => $vectors], JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";

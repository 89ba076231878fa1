"""Signatures of texts that are secrets: keys, tokens, credentials, exports of passwords. See `key_material`.

A signature must find the secret itself, not a word about it: a placeholder (`<your token>`, `$TOKEN`) passes.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple

KEY = "a private key"
STORE = "a store of keys or passwords"
CLOUD = "a cloud's credentials"
TOKEN = "a service's token"  # noqa: S105 - words
LOGIN = "a password"


class Sign(NamedTuple):
    """What a text holds in which all the words occur and the pattern is found."""

    """A signature in a text. The words are a fast pre-check, because hardly any file contains them."""

    what: str
    words: Sequence[bytes]
    pattern: bytes


_JSON = rb"\A\s*[{\[][\s\S]*?"
_AWS_KEY = rb"\s*[=:]\s*[\"']?[A-Za-z0-9/+]{40}"
_BEHIND_LINE = rb"(?:\s|\\[nr]|\\par\b|<br ?/?>)+(?:(?:>|\||//|#|\*)[ \t]*)?[A-Za-z0-9+/=]{4}"
"""A line break (also of JSON, RTF and HTML), perhaps quoted, and the start of a key or of a header."""

_IN_BASE64 = b"|".join(
    re.escape(b64encode(b"-----BEGIN " + kind + b"PRIVATE KEY")[:24])
    for kind in (b"", b"RSA ", b"DSA ", b"EC ", b"OPENSSH ", b"ENCRYPTED ", b"PGP ")
)
_QUOTE = rb"[\"']?"
_VALUE = rb"\s*[=:]\s*[\"']?[^\s\"'<>${}*]{6}"
_LINES_BEFORE = rb"\A(?:[ \t]*(?:#[^\n]*)?\r?\n|[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=[^\n]*\n)*?"
"""Comments, and assignments of a shell."""

TEXTS: Sequence[Sign] = (
    Sign(
        f"{CLOUD} (a Google service account)",
        (b'"service_account"', b'"private_key"'),
        _JSON + b'"private_key"',
    ),
    Sign(f"{CLOUD} (Google)", (b'"authorized_user"', b'"refresh_token"'), _JSON + b'"refresh_token"'),
    Sign(
        f"{CLOUD} (OAuth)",
        (b'"client_id"', b'"client_secret"'),
        _JSON + rb'"client_secret"\s*:\s*"[^"\s<>]{8}',
    ),
    Sign(
        f"{CLOUD} (Azure)", (b'"clientSecret"', b'"tenantId"'), _JSON + rb'"clientSecret"\s*:\s*"[^"\s<>]{8}'
    ),
    Sign(f"{CLOUD} (AWS)", (b"aws_secret_access_key",), rb"aws_secret_access_key" + _AWS_KEY),
    Sign(f"{CLOUD} (AWS)", (b"AWS_SECRET_ACCESS_KEY",), rb"AWS_SECRET_ACCESS_KEY" + _AWS_KEY),
    Sign(f"{CLOUD} (AWS)", (b"Secret access key",), rb"Secret access key[^\n]*\n[^\n]*,[A-Za-z0-9/+]{40}"),
    Sign(f"{CLOUD} (Kubernetes)", (b"client-key-data:",), rb"client-key-data:\s*[A-Za-z0-9+/]{20}"),
    Sign(f"{CLOUD} (a registry)", (b'"auths"', b'"auth"'), _JSON + rb'"auth"\s*:\s*"[A-Za-z0-9+/=]{8}'),
    Sign(f"{KEY} (PuTTY)", (b"PuTTY-User-Key-File-",), rb"PuTTY-User-Key-File-[0-9]+:"),
    Sign(f"{KEY} (age)", (b"AGE-SECRET-KEY-",), rb"AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{20}"),
    Sign(
        f"{KEY} (minisign)", (b"untrusted comment:", b"secret key"), rb"\Auntrusted comment:[^\n]*secret key"
    ),
    Sign(f"{KEY} (WireGuard)", (b"PrivateKey",), rb"PrivateKey[ \t]*=[ \t]*[A-Za-z0-9+/]{43}="),
    Sign(
        f"{KEY} (GnuPG)", (b"private-key",), rb"(?:\A|\bKey:\s{0,9})\((?:[0-9]+:)?(?:protected-)?private-key"
    ),
    Sign(f"{KEY} (JWK)", (b'"kty"', b'"d"'), _JSON + rb'"d"\s*:\s*"[A-Za-z0-9_-]{20}'),
    Sign(f"{KEY} (JWK)", (b'"kty"', b'"oct"', b'"k"'), _JSON + rb'"k"\s*:\s*"[A-Za-z0-9_-]{20}'),
    Sign(
        f"{KEY} (SSH)",
        (b" PRIVATE KEY ----",),
        rb"---- BEGIN SSH2 (?:ENCRYPTED )?PRIVATE KEY ----" + _BEHIND_LINE,
    ),
    Sign(f"{KEY} (SSH)", (b"SSH PRIVATE KEY FILE FORMAT",), rb"\ASSH PRIVATE KEY FILE FORMAT"),
    Sign(
        f"{KEY} (OpenPGP)", (b"PRIVATE KEY BLOCK-----",), rb"BEGIN PGP PRIVATE KEY BLOCK-----" + _BEHIND_LINE
    ),
    Sign(
        f"{KEY} (PEM)",
        (b"PRIVATE KEY-----",),
        rb"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY-----" + _BEHIND_LINE,
    ),
    Sign(f"{KEY} (a wallet)", (b'"ciphertext"', b'"kdf"'), _JSON + b'"kdf"'),
    Sign(
        f"{STORE} (a browser's)",
        (b'"encryptedUsername"', b'"encryptedPassword"'),
        _JSON + b'"encryptedPassword"',
    ),
    Sign(f"{STORE} (KeePass)", (b"<KeePassFile>",), b"<KeePassFile>"),
    Sign(f"{STORE} (one-time passwords)", (b"otpauth",), rb"otpauth://[^\s]{1,200}[?&]secret=[A-Za-z2-7]{8}"),
    Sign(f"{STORE} (one-time passwords)", (b"otpauth-migration",), rb"otpauth-migration://"),
    Sign(f"{KEY} (PEM)", (b"LS0tLS1CRUdJTi",), _IN_BASE64),
    Sign(f"{KEY} (OpenSSL)", (b"Private-Key: (",), rb"\bPrivate-Key: \([0-9]+ bit|private(?:Exponent| key):"),
    Sign(f"{KEY} (OpenSSL)", (b"Private-Key:\npriv:",), rb"\A[A-Z0-9]+ Private-Key:\npriv:"),
    Sign(
        f"{KEY} (OpenVPN)",
        (b"OpenVPN Static key",),
        rb"-----BEGIN OpenVPN Static key V[0-9]-----\s+[0-9a-f]{16}",
    ),
    Sign(f"{KEY} (WireGuard)", (b"privatekey",), rb"(?m)^privatekey[ \t]*=[ \t]*[A-Za-z0-9+/]{43}="),
    Sign(f"{KEY} (DNS)", (b"Private-key-format:",), rb"\APrivate-key-format: v[0-9]"),
    Sign(f"{KEY} (DNS)", (b"hmac-", b"secret"), rb"\bsecret\s+\"[A-Za-z0-9+/]{16,}={0,2}\"\s*;"),
    Sign(f"{KEY} (a wallet)", (b"prv",), rb"\b[xyztuv]prv[1-9A-HJ-NP-Za-km-z]{100}"),
    Sign(f"{KEY} (a wallet)", (b'"wallet_type"', b'"keystore"'), _JSON + b'"keystore"'),
    Sign(f"{KEY} (gocryptfs)", (b'"EncryptedKey"', b'"ScryptObject"'), _JSON + b'"EncryptedKey"'),
    Sign(f"{KEY} (BitLocker)", (b"BitLocker",), rb"(?<![0-9-])[0-9]{6}(?:-[0-9]{6}){7}(?![0-9-])"),
    Sign(f"{CLOUD} (AWS)", (b'"SecretAccessKey"',), rb'"SecretAccessKey"\s*:\s*"[A-Za-z0-9/+]{40}"'),
    Sign(f"{CLOUD} (S3)", (b"secret_",), rb"(?m)^\s*secret_(?:access_)?key" + _AWS_KEY),
    Sign(f"{CLOUD} (Azure)", (b"AccountKey=",), rb"AccountKey=[A-Za-z0-9+/]{86}=="),
    Sign(
        f"{CLOUD} (Azure)",
        (b'"appId"', b'"tenant"', b'"password"'),
        _JSON + rb'"password"\s*:\s*"[^"\s<>]{8}',
    ),
    Sign(
        f"{CLOUD} (Kubernetes)",
        (b"kind: Config", b"token:"),
        rb"(?m)^\s*token:\s*" + _QUOTE + rb"[A-Za-z0-9._-]{16}",
    ),
    Sign(
        f"{CLOUD} (Kubernetes)",
        (b"kind: Secret", b"data:"),
        rb"(?m)^kind: Secret\s*$(?s:.*?)^data:\s*$\s+[\w.-]+:\s*" + _QUOTE + rb"[A-Za-z0-9+/]{8}",
    ),
    Sign(f"{CLOUD} (Terraform)", (b'"terraform_version"', b'"lineage"'), _JSON + b'"lineage"'),
    Sign(f"{TOKEN} (Notion)", (b"ntn_",), rb"ntn_[A-Za-z0-9]{40}"),
    Sign(f"{TOKEN} (Notion)", (b"secret_",), rb"secret_[A-Za-z0-9]{43}"),
    Sign(
        f"{TOKEN} (GitHub)",
        (b"gh",),
        rb"\bgh[pousr]_[A-Za-z0-9]{36}",
    ),
    Sign(f"{TOKEN} (GitHub)", (b"github_pat_",), rb"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    Sign(f"{TOKEN} (GitLab)", (b"glpat-",), rb"glpat-[A-Za-z0-9_-]{20}"),
    Sign(f"{TOKEN} (Slack)", (b"xox",), rb"xox[abeoprs]-[0-9]+-[A-Za-z0-9-]{20}"),
    Sign(f"{TOKEN} (Stripe)", (b"_live_",), rb"[rs]k_live_[A-Za-z0-9]{20}"),
    Sign(f"{TOKEN} (npm)", (b"npm_",), rb"npm_[A-Za-z0-9]{36}"),
    Sign(f"{TOKEN} (npm)", (b":_auth",), rb"(?m)^//[^\s=]+:_auth(?:Token)?\s*=\s*[^\s$]{8}"),
    Sign(f"{TOKEN} (PyPI)", (b"pypi-AgEI",), rb"pypi-AgEI[A-Za-z0-9_-]{50}"),
    Sign(
        f"{TOKEN} (OpenAI or Anthropic)",
        (b"sk-",),
        rb"sk-(?:ant-[a-z0-9]+|proj|svcacct|admin)-[A-Za-z0-9_-]{32}",
    ),
    Sign(f"{TOKEN} (SendGrid)", (b"SG.",), rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    Sign(f"{TOKEN} (Vault)", (b"hvs.",), rb"hvs\.[A-Za-z0-9_-]{24}"),
    Sign(f"{TOKEN} (DigitalOcean)", (b"_v1_",), rb"do[opr]_v1_[a-f0-9]{64}"),
    Sign(
        f"{LOGIN} (.netrc)",
        (b"machine", b"login", b"password"),
        rb"(?m)^[ \t]*machine\s+\S+\s+login\s+\S+\s+(?:(?:account|port)\s+\S+\s+)?password\s+[^\s<$]{4}",
    ),
    Sign(
        f"{LOGIN} (PostgreSQL)",
        (b":",),
        rb"\A(?:#[^\n]*\n|\n)*[^\s:]+:(?:\*|543[0-9]|6432):[^\s:]+:[^\s:]+:[^\s:]{4,}\s*(?:\n|\Z)",
    ),
    Sign(f"{LOGIN} (git)", (b"://", b"@"), rb"\A(?:https?://[^\s:/@]+:[^\s/@]{4,}@[^\s/@]+/?\s*)+\Z"),
    Sign(
        f"{LOGIN} (MySQL)",
        (b"[client", b"password"),
        rb"(?m)^\[client[\w.-]*\](?s:[^\[]*?)^password" + _VALUE,
    ),
    Sign(f"{LOGIN} (a share)", (b"username", b"password"), rb"\Ausername\s*=[^\n]*\npassword\s*=\s*\S{4}"),
    Sign(
        f"{LOGIN} (Wi-Fi)",
        (b"psk=",),
        rb"(?:\bssid=\"(?s:.{0,200}?)|\[wifi-security\](?s:[^\[]*?))\bpsk=" + _QUOTE + rb"[^\s\"]{8}",
    ),
    Sign(
        f"{LOGIN} (hashes)", (b":$",), rb"\A[A-Za-z_][\w.@-]*:\$(?:apr1|2[abxy]|[156y]|argon2\w*)\$[^\s:]{16}"
    ),
    Sign(
        f"{LOGIN} (a shell's variables)",
        (b"=",),
        _LINES_BEFORE
        + rb"[ \t]*(?:export[ \t]+)?[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|API_?KEY|TOKEN|PRIVATE_KEY)"
        rb"=[\"']?[^\s\"'<>${}*]{6}",
    ),
    Sign(
        f"{STORE} (an export of passwords)",
        (b",",),
        rb"(?i)\A(?=[^\n]{0,400}(?:\A|[,;])[\"']?(?:login[ _])?password[\"']?[ \t]*(?:[,;]|\r?\n))"
        rb"[^\n]{0,400}?(?:\A|[,;])?[\"']?(?:login[ _])?(?:user ?name|url|uri|name|web ?site)[\"']?[ \t]*[,;]",
    ),
    Sign(
        f"{STORE} (Bitwarden)",
        (b'"encrypted"', b'"login"', b'"password"'),
        _JSON + rb'"password"\s*:\s*"[^"]',
    ),
    Sign(f"{STORE} (1Password)", (b'"secureContents"',), _JSON + b'"secureContents"'),
)
"""Patterns for text files, the more specific first."""

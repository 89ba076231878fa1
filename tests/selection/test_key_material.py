"""What the beginning of a file says. The beginnings are those that OpenSSL, GnuPG, OpenSSH and keytool write."""

import pytest

from notion_sync.selection.key_material import HEAD, key_material_in, key_material_version

KEY = "a private key"
STORE = "a store of keys or passwords"
CLOUD = "a cloud's credentials"
MEMORY = "an image of a program's memory"
TOKEN = "a service's token"
LOGIN = "a password"
BASE64 = "MIIBuwIBAAKB" * 4


def pem(kind: str) -> str:
    return f"-----BEGIN {kind}-----\n{BASE64}\n-----END {kind}-----\n"


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (pem("PRIVATE KEY"), f"{KEY} (PEM)"),
        (pem("RSA PRIVATE KEY"), f"{KEY} (PEM)"),
        (pem("DSA PRIVATE KEY"), f"{KEY} (PEM)"),
        (pem("EC PRIVATE KEY"), f"{KEY} (PEM)"),
        (pem("ENCRYPTED PRIVATE KEY"), f"{KEY} (PEM)"),
        (pem("OPENSSH PRIVATE KEY"), f"{KEY} (PEM)"),
        (pem("RSA PRIVATE KEY").replace("\n", "\r\n"), f"{KEY} (PEM)"),
        ("\n\n" + pem("EC PRIVATE KEY"), f"{KEY} (PEM)"),
        ("Bag Attributes\n    localKeyID: 01\n" + pem("PRIVATE KEY"), f"{KEY} (PEM)"),
        (pem("CERTIFICATE") * 20 + pem("PRIVATE KEY"), f"{KEY} (PEM)"),
        ("data:\n  tls.key: |\n    " + pem("PRIVATE KEY").replace("\n", "\n    "), f"{KEY} (PEM)"),
        ('{"key": "' + pem("PRIVATE KEY").replace("\n", "\\n") + '"}', f"{KEY} (PEM)"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + BASE64,
            f"{KEY} (PEM)",
        ),
        ("\ufeff" + pem("PRIVATE KEY"), f"{KEY} (PEM)"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF", f"{KEY} (OpenPGP)"),
        ("Comment: mine\n\n-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2\n\nlQOYBF", f"{KEY} (OpenPGP)"),
        (f"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{BASE64}", f"{KEY} (SSH)"),
        ("SSH PRIVATE KEY FILE FORMAT 1.1\n\0\0", f"{KEY} (SSH)"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", f"{KEY} (PuTTY)"),
        ("# public key: age1q\nAGE-SECRET-KEY-1QQPQYYX8ZDJ7ZXGQ9T64VVKYM7", f"{KEY} (age)"),
        ("untrusted comment: minisign encrypted secret key\nRWRT", f"{KEY} (minisign)"),
        (f"[Interface]\nAddress = 10.0.0.2/32\nPrivateKey = {'A' * 43}=\n", f"{KEY} (WireGuard)"),
        ("(21:protected-private-key(3:rsa(1:n257:", f"{KEY} (GnuPG)"),
        ("Created: 20240101T000000\nKey: (private-key (ecc (curve", f"{KEY} (GnuPG)"),
        ('{"kty": "EC", "x": "a", "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X"}', f"{KEY} (JWK)"),
        ('{"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-E"}', f"{KEY} (JWK)"),
        ('{"crypto": {"cipher": "aes-128-ctr", "ciphertext": "00", "kdf": "scrypt"}}', f"{KEY} (a wallet)"),
        (
            '{"type": "service_account", "private_key_id": "1", "private_key": "x"}',
            f"{CLOUD} (a Google service account)",
        ),
        ('{"type": "authorized_user", "client_id": "1", "refresh_token": "x"}', f"{CLOUD} (Google)"),
        ('{"installed": {"client_id": "1", "client_secret": "GOCSPX-abcdefgh"}}', f"{CLOUD} (OAuth)"),
        ('{"clientId": "1", "clientSecret": "0123456789", "tenantId": "1"}', f"{CLOUD} (Azure)"),
        (f"[default]\naws_access_key_id = A\naws_secret_access_key = {'a' * 40}\n", f"{CLOUD} (AWS)"),
        (f'export AWS_SECRET_ACCESS_KEY="{"a" * 40}"\n', f"{CLOUD} (AWS)"),
        (f"Access key ID,Secret access key\nAKIA,{'a' * 40}\n", f"{CLOUD} (AWS)"),
        (f"users:\n- user:\n    client-key-data: {BASE64}\n", f"{CLOUD} (Kubernetes)"),
        ('{"auths": {"registry.example": {"auth": "dXNlcjpwYXNz"}}}', f"{CLOUD} (a registry)"),
        ('{"logins": [{"encryptedUsername": "x", "encryptedPassword": "y"}]}', f"{STORE} (a browser's)"),
        ("<?xml version='1.0'?>\n<KeePassFile>\n", f"{STORE} (KeePass)"),
        ("otpauth://totp/a:b?secret=JBSWY3DPEHPK3PXP&issuer=a", f"{STORE} (one-time passwords)"),
        (f"> -----BEGIN EC PRIVATE KEY-----\n> {BASE64}", f"{KEY} (PEM)"),
        (f"<pre>-----BEGIN EC PRIVATE KEY-----<br>\n{BASE64}", f"{KEY} (PEM)"),
        ("LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZLS0tLS0K", f"{KEY} (PEM)"),
        ("ED25519 Private-Key:\npriv:\n    00:01", f"{KEY} (OpenSSL)"),
        ("Private-Key: (2048 bit, 2 primes)\nmodulus:", f"{KEY} (OpenSSL)"),
        ("-----BEGIN OpenVPN Static key V1-----\n0123456789abcdef", f"{KEY} (OpenVPN)"),
        (f"[interface]\nprivatekey={'A' * 43}=\n", f"{KEY} (WireGuard)"),
        ("Private-key-format: v1.3\nAlgorithm: 13", f"{KEY} (DNS)"),
        ('key "a" {\n algorithm hmac-sha256;\n secret "c2VjcmV0c2VjcmV0c2Vj";\n};', f"{KEY} (DNS)"),
        ("xprv" + "9s21ZrQH143K" * 9, f"{KEY} (a wallet)"),
        ('{"keystore": {"seed": "a"}, "wallet_type": "standard"}', f"{KEY} (a wallet)"),
        ("BitLocker Drive Encryption recovery key\n" + "-".join(["123456"] * 8), f"{KEY} (BitLocker)"),
        (f'{{"AccessKey": {{"SecretAccessKey": "{"a" * 40}"}}}}', f"{CLOUD} (AWS)"),
        (f"[remote]\ntype = s3\nsecret_access_key = {'a' * 40}\n", f"{CLOUD} (S3)"),
        (f"DefaultEndpointsProtocol=https;AccountKey={'A' * 86}==", f"{CLOUD} (Azure)"),
        ('{"appId": "1", "password": "0123456789", "tenant": "1"}', f"{CLOUD} (Azure)"),
        ("kind: Config\nusers:\n- user:\n    token: eyJhbGciOiJSUzI1NiJ9.a.b", f"{CLOUD} (Kubernetes)"),
        ("kind: Secret\nmetadata:\n  name: a\ndata:\n  password: aHVudGVyMg==\n", f"{CLOUD} (Kubernetes)"),
        ('{"terraform_version": "1.5", "lineage": "x"}', f"{CLOUD} (Terraform)"),
        ("token: ntn_" + "1a2B" * 12, f"{TOKEN} (Notion)"),
        ("secret_" + "1a2B" * 11, f"{TOKEN} (Notion)"),
        ("ghp_" + "1a2B" * 9, f"{TOKEN} (GitHub)"),
        (f"github_pat_{'A' * 22}_{'b' * 59}", f"{TOKEN} (GitHub)"),
        ("glpat-a1B2c3D4e5F6g7H8i9J0", f"{TOKEN} (GitLab)"),
        ("//registry.npmjs.org/:_authToken=0123456789ab\n", f"{TOKEN} (npm)"),
        (f"[pypi]\npassword = pypi-AgEI{'a' * 60}", f"{TOKEN} (PyPI)"),
        (f"OPENAI_API_KEY=sk-proj-{'a1B2' * 12}", f"{TOKEN} (OpenAI or Anthropic)"),
        ("machine a.example\n  login me\n  password hunter22\n", f"{LOGIN} (.netrc)"),
        ("# mine\nlocalhost:5432:db:me:hunter22\n", f"{LOGIN} (PostgreSQL)"),
        ("https://me:hunter22@git.example\n", f"{LOGIN} (git)"),
        ("[client]\nuser=root\npassword=hunter22\n", f"{LOGIN} (MySQL)"),
        ("username=me\npassword=hunter22\n", f"{LOGIN} (a share)"),
        ('network={\n ssid="home"\n psk="hunter22"\n}', f"{LOGIN} (Wi-Fi)"),
        ("root:$6$abcdefgh$0123456789abcdef:19000:0:", f"{LOGIN} (hashes)"),
        ("# prod\nDEBUG=0\nexport DB_PASSWORD='hunter22'\n", f"{LOGIN} (a shell's variables)"),
        ("name,url,username,password\na,https://a,me,b\n", f"{STORE} (an export of passwords)"),
        ('"url","username","password","guid"\n"https://a"', f"{STORE} (an export of passwords)"),
        ('{"encrypted": false, "items": [{"login": {"password": "a"}}]}', f"{STORE} (Bitwarden)"),
    ],
)
def test_texts(head: str, what: str) -> None:
    """Keys and credentials that are texts, also in Windows' encodings."""
    for encoding in ("utf-8", "utf-16", "utf-16-be"):
        assert key_material_in(head.encode(encoding)) == what


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("308204be020100300d06092a864886f70d01010105000482", f"{KEY} (PKCS #8)"),
        ("308187020100301306072a8648ce3d020106082a8648ce3d", f"{KEY} (PKCS #8)"),
        ("302e020100300506032b657004220420bed2bd0cb96b3584", f"{KEY} (PKCS #8)"),
        ("3082052d305706092a864886f70d01050d304a302906092a", f"{KEY} (PKCS #8)"),
        ("308204ea301c060a2a864886f70d010c0103300e04088fd5", f"{KEY} (PKCS #8)"),
        ("308204a40201000282010100e7337e520f21ababdb6b9bcc", f"{KEY} (PKCS #1)"),
        ("30770201010420eb70e015fce5262d30e7916d72d23f3f59", f"{KEY} (SEC 1)"),
        ("950398046b0c5581010800a52eea608f6f5dea6ee8cebdfe", f"{KEY} (OpenPGP)"),
        ("9458046b0c558216092b06010401da470f0101074088c94f", f"{KEY} (OpenPGP)"),
        ("0702000000a400005253413200080000010001007f173d04", f"{KEY} (Windows)"),
        ("1ef1b5b00000000001000000000000000000000094040000", f"{KEY} (Windows)"),
        ("308209cf0201033082098506092a864886f70d010701a082", f"{STORE} (PKCS #12)"),
        ("3080020103308006092a864886f70d010701a08024800482", f"{STORE} (PKCS #12)"),
        ("feedfeed0000000200000001000000010001610000018b", f"{STORE} (Java)"),
        ("cececece0000000200000001000000010001610000018b", f"{STORE} (Java)"),
        ("000000020000001401020304", f"{STORE} (Java)"),
        ("03d9a29a67fb4bb501000400", f"{STORE} (KeePass)"),
        ("03d9a29a65fb4bb50300000002000300", f"{STORE} (KeePass)"),
        (b"PWS3\x01\x02".hex(), f"{STORE} (Password Safe)"),
        (b"GnomeKeyring\n\r\0\n".hex(), f"{STORE} (a keyring)"),
        (b"kych\0\x01\0\0".hex(), f"{STORE} (a keyring)"),
        ("05020000004b0002000b", f"{STORE} (Kerberos)"),
        ("7f454c4602010100000000000000000004003e0001", MEMORY),
        ("7f454c46020201000000000000000000000400160000", MEMORY),
        (b"MDMP\x93\xa7\0\0".hex(), MEMORY),
        ((b"\0" * 12 + b"\x62\x31\x05\0" + b"\0" * 90 + b"\x04main").hex(), f"{STORE} (a wallet)"),
        ((b"SQLite format 3\0" + b"\0" * 52 + b"\xf9\xbe\xb4\xd9").hex(), f"{STORE} (a wallet)"),
        (b"== ed25519v1-secret: type0 ==\0".hex(), f"{KEY} (Tor)"),
        (b"JAVA PROFILE 1.0.2\0".hex(), MEMORY),
    ],
)
def test_binary(head: str, what: str) -> None:
    """Keys, stores and images of memory."""
    assert key_material_in(bytes.fromhex(head)) == what


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0",
        b"letter",
        pem("CERTIFICATE").encode(),
        pem("PUBLIC KEY").encode(),
        pem("CERTIFICATE REQUEST").encode(),
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF",
        b"-----BEGIN PGP MESSAGE-----\n\nhQEMA",
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me@here\n",
        b"A key begins with `-----BEGIN RSA PRIVATE KEY-----` and ends with the same.",
        b"```\n-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n```\n",
        b'{"client_id": "1", "client_secret": "<your secret>"}',
        b'secret = {"client_id": "1", "client_secret": os.environ["CLIENT_SECRET"]}',
        b"aws_secret_access_key = YOUR_KEY\n",
        b"PrivateKey = <paste it here>\n",
        b"export API_TOKEN=$(pass show api)\nDB_PASSWORD=<yours>\n",
        b"To log in: export API_TOKEN=0123456789\n",
        b"machine learning: login and password are asked for\n",
        b"machine a login me password <yours>\n",
        b"a.py:12:5: E501: line too long\n",
        b"https://example.com/@me:4000\n",
        b"name,url,price\nhttps://a,password,3\n",
        b"kind: Config\nusers: []\n",
        b"kind: Secret\nstringData: {}\n",
        b"ntn_ and secret_ are what tokens begin with, ghp_ too\n",
        bytes.fromhex("308202f9308201e1a003020102021458a82071d26426dcb2"),  # a certificate
        bytes.fromhex("3082025130820139020100300c310a300806035504030c01"),  # a request for one
        bytes.fromhex("30820122300d06092a864886f70d01010105000382010f00"),  # a public key
        bytes.fromhex("3082032806092a864886f70d010702a082031930820315"),  # certificates in PKCS #7
        bytes.fromhex("99010d046b0c5581010800a52eea608f6f5dea6ee8cebdfe"),  # OpenPGP's public key
        bytes.fromhex("7f454c4602010100000000000000000003003e0001"),  # a program
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"%PDF-1.7\n",
        b"PK\x03\x04\x14\0\0\0\x08\0",
        b"SQLite format 3\0",
    ],
)
def test_what_may_leave(head: bytes) -> None:
    """Public keys, certificates, messages, texts about keys and everything else."""
    assert key_material_in(head) is None


@pytest.mark.parametrize(
    "piece",
    [
        b"A", b"\n", b"1", b"123456-", b"kind: Secret\ndata:\n", b'ssid="', b"[client]password ", b"A_TOKEN=", b"A=\n",
        b"https://a:bbbb@c\n", b'{"kty" "d":"', b',"password"', b"-----BEGIN ", b"PRIVATE KEY-----", b"xprv", b"#\n",
        b'hmac- secret "', b"kind: Config token:", b"privatekey", b"otpauth://", b"\x30\x84", b"a:5432:", b" export\t",
    ],
)  # fmt: skip
def test_no_content_takes_for_ever(piece: bytes) -> None:
    """No signature goes back and forth over a file that is made for that; the test's limit of time would end it."""
    whole = piece * (HEAD // len(piece))
    for _ in range(20):
        key_material_in(whole + b"!")
        key_material_in(b"!" + whole)


def test_only_the_beginning_counts() -> None:
    """No more of a file is looked at than is said."""
    assert key_material_in(b"x" * HEAD + pem("PRIVATE KEY").encode()) is None


def test_version_is_stable() -> None:
    """It is the same whenever it is asked for."""
    assert key_material_version() == key_material_version()

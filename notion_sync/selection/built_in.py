"""Names that are never sent to Notion unless a rule's `ignore` has a `!pattern` for them.

The tables at the end are globs, matched against the lower-cased name alone. What belongs in them:

* A name is listed if nearly every file of that name is unfinished, litter or a secret. Names that exist only
  for an instant (vim's `4913`) are left to `settle`.
* `*.key` is listed although Keynote uses it too: a leaked private key costs more than a line `!*.key`.
* `*.gpg` and `*.asc` are not: encrypted or signed files may be sent; exported secret keys are listed by name.
* `*.lock` is not (`Cargo.lock`, `poetry.lock`), nor is a folder `CVS` (people keep their CVs in one).
* Public keys and certificates (`*.pub`, `*.crt`) are not secrets, but `id_rsa*` is matched as a whole.
* Words that mean a secret at the end of any document's name (`bank passwords.odt`) are in `secret_names`.
* Names that reveal nothing (a Google key is called `project-3f9d0b7c21aa.json`) are left to `key_material`.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from notion_sync.selection.secret_names import SECRET_NAMES, original_of, says_secret


def built_in_reason(name: str, *, folder: bool = False) -> str | None:
    """Return why a name is excluded unless a rule's `ignore` has a `!pattern` for it; None if it is not excluded."""
    plain = name.lower()
    reason = _tabled(name, plain, folder=folder)
    if reason is None and not folder:
        if says_secret(plain):
            return SENSITIVE
        original = original_of(plain)
        if original is not None and (says_secret(original) or _tabled(original, original) == SENSITIVE):
            return SENSITIVE
    return reason


def _tabled(name: str, plain: str, *, folder: bool = False) -> str | None:
    exact, endings, rest, reasons = _table(folder)
    reason = exact.get(plain)
    if reason is not None:
        return reason
    dot = plain.rfind(".")
    if dot >= 0:
        reason = endings.get(plain[dot + 1 :])
        if reason is not None:
            return reason
        if not folder and plain[dot + 1 :] in _YT_DLP_ENDINGS and _YT_DLP.search(plain, 0, dot):
            return UNFINISHED
    match = rest.match(plain)
    if match is not None:
        assert match.lastgroup is not None
        return reasons[match.lastgroup]
    if not folder and plain.startswith(".") and _RSYNC.fullmatch(name):
        return UNFINISHED
    return None


@cache
def built_in_version() -> str:
    """Return a hash of the tables: after a change, files that an older version excluded may be taken."""
    text = repr(
        (
            sorted(FOLDERS.items()),
            sorted(FILES.items()),
            _RSYNC.pattern,
            _YT_DLP.pattern,
            sorted(_YT_DLP_ENDINGS),
            SECRET_NAMES,
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()


class _Table(NamedTuple):
    """The globs of a table, grouped by how fast they can be matched."""

    exact: dict[str, str]
    endings: dict[str, str]
    rest: re.Pattern[str]
    reasons: dict[str, str]


@cache
def _table(folder: bool) -> _Table:  # noqa: FBT001 - `cache` is quicker with a positional argument
    """Compile at the first use: 5 ms that `--help` and a pass over an unchanged tree do not pay."""
    groups = FOLDERS if folder else FILES
    exact: dict[str, str] = {}
    endings: dict[str, str] = {}
    rest: list[str] = []
    reasons: dict[str, str] = {}
    for number, (reason, globs) in enumerate(groups.items()):
        reasons[f"g{number}"] = reason
        slow = []
        for glob in globs:
            if not _WILD.search(glob):
                exact[glob] = reason
            elif _ENDING.fullmatch(glob):
                endings[glob[2:]] = reason
            else:
                slow.append(_regex(glob))
        if slow:
            rest.append(f"(?P<g{number}>{'|'.join(slow)})")
    return _Table(exact, endings, re.compile(f"(?:{'|'.join(rest)})\\Z", re.DOTALL), reasons)


def _regex(glob: str) -> str:
    return "".join(
        {"*": ".*", "?": "."}.get(piece) or (piece if piece.startswith("[") else re.escape(piece))
        for piece in re.findall(r"\[[^]]*\]|.", glob, re.DOTALL)
    )


_WILD = re.compile(r"[*?\[]")
_ENDING = re.compile(r"\*\.[^*?\[.]+")

_RSYNC = re.compile(
    r"\..+\.(?=[a-zA-Z0-9]{6}\Z)(?![a-z]{6}|[A-Z]{6}|[0-9]{6}).{6}",
    re.DOTALL,
)
"""`.report.pdf.Xa4f0Q`: rsync's temporary name of a file in transfer. Six letters of one case are an extension."""

_YT_DLP = re.compile(r"\.(?:temp|f[0-9]{2,}(?:-[0-9a-z]+)?|f(?:hls|dash|http)[-_0-9a-z]*)\Z")
"""`talk.temp.mkv`, `talk.f137.mp4`: the video and audio parts of a download before they are merged."""

_YT_DLP_ENDINGS = frozenset(
    (
        "mp4", "m4v", "m4a", "mkv", "mka", "webm", "mov", "avi", "flv", "3gp", "ts", "mp3", "ogg", "oga", "ogv", "opus",
        "flac", "wav", "aac", "alac", "vorbis", "mhtml",
    )
)  # fmt: skip

VERSION_CONTROL = "built in: version control"
UNFINISHED = "built in: a download or copy that is not finished"
EDITOR = "built in: an editor's temporary or backup file"
LITTER = "built in: litter of the system or of a sync tool"
SENSITIVE = "built in: it looks like a secret"

FOLDERS: dict[str, Sequence[str]] = {
    VERSION_CONTROL: (".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", ".pijul"),
    UNFINISHED: (
        "*.part", "*.partial", "*.download", "*.crdownload", ".~tmp~", ".rsync-partial",
        ".tmp.drivedownload", ".tmp.driveupload", ".dropbox.cache", "*.sb-????????-??????",
    ),
    LITTER: (
        ".trash", ".trash-*", ".trashes", ".spotlight-v100", ".fseventsd", ".temporaryitems",
        ".documentrevisions-v100", "$recycle.bin", "system volume information", "lost+found",
        "found.[0-9][0-9][0-9]", ".stfolder", ".stversions", ".sync", ".debris", "@eadir", "@recycle",
        ".@__thumb", "#recycle", "#snapshot", ".snapshot", ".snapshots", ".zfs", "__macosx", ".thumbnails",
    ),
    SENSITIVE: (
        ".ssh", ".gnupg", ".aws", ".azure", ".gcloud", ".kube", ".docker", ".oci", ".terraform.d",
        "keyrings", ".password-store", ".mozilla", ".thunderbird", ".credentials", ".secrets",
        "legacy_credentials", "*.agilekeychain", "*.opvault", "*.keychain",
    ),
}  # fmt: skip

FILES: dict[str, Sequence[str]] = {
    VERSION_CONTROL: (".git", ".fslckout", "_fossil_"),
    UNFINISHED: (
        "*.part", "*.partial", "*.filepart", "*.crdownload", "*.download", "*.opdownload", "*.fdmdownload",
        "*.downloading", "*.!ut", "*.!qb", "*.!sync", "*.bc!", "*.xltd", "*.aria2", "*.aria2__temp", "*.ytdl",
        "*-pget-status",
        "*.part-frag*", "*.dltemp", "*.tmp", "*.temp", ".~tmp~*", "*.rsync-tmp", ".*.~*", ".in.*.",
        ".pureftpd-upload.*", ".syncthing.*", "~syncthing~*", ".goutputstream-*", ".fuse_hidden*",
        ".nfs????????*", ".smbdelete*", ".pending-*", ".getxfer.*", "*.sb-????????-??????",
    ),
    EDITOR: (
        "*~", "~$*", ".~*", "#*#", ".#*", ".*.sw[a-p]", "*.swp", "*.swo", "*.swn", "*.swpx", "*.kate-swp",
        "*.bak", "*.orig", "*.rej", "*.wbk", "*.autosave", ".*-autosave.kra", "_autosave-*", "~*.lck",
        "*.blend1", "*.dwl", "*.dwl2", "*.sv$", "*.ac$", "*.laccdb", "*___jb_tmp___", "*___jb_old___",
    ),
    LITTER: (
        ".ds_store", "._*", ".localized", ".apdisk", ".volumeicon.icns", "icon\r", "thumbs.db",
        "thumbs.db:encryptable", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", ".directory",
        ".nomedia", ".trashed-*", ".picasa.ini", ".stignore", ".stfolder", ".dropbox", ".dropbox.attr",
        ".nosync", ".sync.ffs_db", "sync.ffs_db", "*.ffs_lock", ".sync_*.db*", ".owncloudsync.log*",
        ".nextcloudsync.log*",
    ),
    SENSITIVE: (
        # settings with passwords and tokens in them
        ".env*", "*.env", "env.local", "env.dev*", "env.test*", "env.stag*", "env.prod*", "*.env.local", "*.env.prod*",
        ".netrc", "_netrc", "netrc", ".authinfo*", ".pgpass", "pgpass.conf", ".my.cnf", ".mylogin.cnf",
        ".htpasswd", ".htdigest", ".git-credentials", ".gitcookies", ".npmrc", ".yarnrc.yml", ".pypirc",
        ".dockercfg", ".dockerconfigjson", "auth.json", ".smbcredentials", ".msmtprc", ".fetchmailrc", ".mbsyncrc",
        ".offlineimaprc", "rclone.conf", ".s3cfg", ".boto", ".terraformrc", "*.tfvars", "*.tfvars.json", "*.tfstate",
        "*.tfstate.*", "local.settings.json", "wp-config.php", "key.properties", "keystore.properties",
        "wpa_supplicant*.conf", "*.nmconnection", "wg[0-9]*.conf", "wg-*.conf", "wireguard*.conf", "*.ovpn", "*.pcf",
        "shadow", "shadow-", "gshadow", "gshadow-", ".vault_pass*", "vault_pass*", "vault-pass*",
        "git-credentials", "htpasswd", "npmrc", "pgpass", "msmtprc", "fetchmailrc", "smbcredentials",
        "cifs-credentials", "chap-secrets", "pap-secrets", "master.passwd", "ntds.dit",
        "bash_history", "zsh_history", "fish_history", "consolehost_history.txt", ".vault?password*", "vault?password*",
        ".secrets", "secret.y*ml", "secret.json", "secret.toml", "*-secret.y*ml", "*secrets.y*ml",
        "*secrets.toml", "*secrets.json", "*secrets.ini", "*secrets.txt", "*.secret", "*.secrets",
        "*token.txt", "*tokens.txt", "*apikey*.txt", "*api?key*.txt", ".*_history", ".xauthority", ".iceauthority",
        # how to reach other machines, with passwords
        "*.remmina", "*.rdp", "*.rdg", "*.vnc", "*.rtsz", "*.mxtsessions", "*.mobaconf", "confcons.xml", "winscp.ini",
        "sitemanager.xml", "recentservers.xml", "filezilla.xml",
        # private keys and stores of keys
        "*.pem", "*.key", "*.p12", "*.pfx", "*.p8", "*.pk8", "*.pkcs8", "*.pkcs12", "*.pvk", "*.snk", "*.jks",
        "*.jceks", "*.bks", "*.bcfks", "*.ubr", "*.keystore", "*.keytab", "*.ppk", "*.jwk", "*.agekey", "*.age-key",
        "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*_rsa", "*_dsa", "*_ecdsa", "*_ed25519",
        "ssh_host_*_key", "secring.*", "*private*.asc", "*secret*.asc", "*private*.gpg", "*secret*.gpg",
        "id_xmss*", "deploy_key", "deploy-key", "ssh_key", "ssh-key", "sshkey", "keyfile",
        "krb5cc_*", "wallet.dat", "*.wallet", "default_wallet", "electrum.dat", "utc--*",
        "bitlocker?recovery*", "*recovery?key*.txt",
        "*seed?phrase*", "*recovery?phrase*", "*mnemonic*.txt",
        # keyrings, password safes and what they export
        "*.keyring", "*.keychain", "*.keychain-db", "*.kwl", "*.kwallet", "*.kdbx", "*.kdbx.*", "*.kdb", "*.kdb.*",
        "*.psafe3", "*.pwsafe", "*.enpassdb", "*.bcup", "*.1pif", "*.1pux", "*.2fas", "key3.db*", "key4.db*",
        "logins.json", "logins-backup.json", "signons.sqlite*", "cookies.sqlite*", "places.sqlite*",
        "formhistory.sqlite*", "webappsstore.sqlite*", "cookies", "cookies-journal", "cookies.txt", "login data*",
        "web data", "web data-*", "local state", "*.har",
        "*password*.txt", "*passwords*.csv", "*passwords*.xls*", "*passwords*.ods", "passwords.*", "*passwort*.txt",
        "bitwarden*.json", "bitwarden*.csv", "bitwarden_export*", "lastpass*.csv", "lastpass_export*",
        "1password*.csv", "dashlane*.csv", "keepass*.csv", "keepass*.xml", "nordpass*.csv", "roboform*.csv",
        "enpass*.json", "enpass*.csv", "*proton*pass*export*", "firefox?logins*.csv", "logins.csv",
        "1password?emergency?kit*", "emergency?kit?a3-*", "*recovery?kit*.pdf",
        "aegis-*.json", "otp_accounts*", "andotp*", "*recovery?code*", "*recoverycode*", "*backup?codes*",
        "*backupcodes*", "*backup?verification?code*",
        # cloud credentials
        "credentials", "*credentials*.json", "*credentials*.toml", "*credentials*.csv", "*credentials*.xml",
        "*credentials*.ini", "*credentials*.y*ml", "*.credentials", "aws_credentials*", "credentials.db",
        "client_secret*.json", "*service?account*.json", "*serviceaccount*.json", "*-firebase-adminsdk-*.json",
        "gha-creds-*.json", "adc.json", "access_tokens.db", "accesstokens.json",
        "msal_token_cache*", "azureprofile.json", "*.publishsettings", "token.json", "token.pickle",
        "*accesskey*.csv", "*access?key*.csv", "rootkey.csv",
        "kubeconfig*", "*.kubeconfig", "*kubeconfig.y*ml", "*?kubeconfig", "kube?config",
        ".vault-token", ".notion-token", "notion-token",
        # memory images: they contain what a program or the system had in memory
        "core", "core.[0-9]", "core.[0-9][0-9]", "core.[0-9][0-9][0-9]*[0-9]", "*.core", "*.dmp", "*.mdmp", "*.hdmp",
        "*.hprof", "*.heapsnapshot", "*.vmem", "*.vmss", "hiberfil.sys", "pagefile.sys", "swapfile.sys",
    ),
}  # fmt: skip

"""Which paths a list of gitignore patterns names, and which files stay at home in any case.

Case does not matter (`*.jpg` takes `IMG_1.JPG`), and neither does the Unicode form of a name: people who
write a pattern mean the name they see.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True)
class Patterns:
    """A list of gitignore patterns, the last one that matches decides."""

    lines: tuple[str, ...] = ()

    @cached_property
    def _spec(self) -> "GitIgnoreSpec":
        from pathspec import GitIgnoreSpec  # noqa: PLC0415 - 30 ms that an unchanged tree need not pay

        return GitIgnoreSpec.from_lines([_plain(line) for line in self.lines])

    def verdict(self, path: str, *, folder: bool = False) -> bool | None:
        """True: named by a pattern; False: excluded by a `!pattern`; None: no pattern says anything.

        Args:
            path: Relative to the rule's folder.
            folder: Whether the path is a folder (`build/` names only folders).
        """
        if not self.lines:
            return None
        return self._spec.check_file(_plain(path) + ("/" if folder else "")).include


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def built_in_reason(name: str, *, folder: bool = False) -> str | None:
    """Why a name stays at home unless a rule's `ignore` has a `!pattern` for it, or None."""
    plain = _plain(name)
    for reason, regex in _FOLDERS if folder else _FILES:
        if regex.fullmatch(plain):
            return reason
    return None


def _table(groups: dict[str, Sequence[str]]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((reason, re.compile("|".join(_glob(p) for p in globs))) for reason, globs in groups.items())


def _glob(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)


_FOLDERS = _table(
    {
        "version control": (".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "cvs", ".fossil"),
        "litter of the system or a sync tool": (
            ".trash", ".trash-*", ".trashes", ".spotlight-v100", ".fseventsd", ".temporaryitems",
            ".documentrevisions-v100", "$recycle.bin", "system volume information", "lost+found",
            ".stfolder", ".stversions", "@eadir", "#recycle", "#snapshot", ".snapshot", "__macosx", ".localized",
            ".dropbox.cache", ".sync", ".~lock.*", "*.part", "*.partial",
        ),
        "secrets": (
            ".ssh", ".gnupg", ".aws", ".azure", ".gcloud", ".kube", ".docker", "keyrings", ".password-store",
            ".mozilla", ".credentials",
        ),
    }
)  # fmt: skip

_FILES = _table(
    {
        "version control": (".git",),
        "a download or copy that is not finished": (
            "*.part", "*.partial", "*.filepart", "*.crdownload", "*.download", "*.opdownload", "*.!ut", "*.!qb",
            "*.bc!", "*.aria2", "*.ytdl", "*.dltemp", "*.tmp", "*.temp", ".~tmp~*", ".*.??????", "*.rsync-tmp",
            ".syncthing.*", "~syncthing~*", ".goutputstream-*", ".fuse_hidden*", ".nfs????????*", "*.torrent.added",
        ),
        "an editor's temporary or backup file": (
            "*~", "~$*", ".~lock.*", "#*#", ".#*", "*.sw?", ".*.sw?", "*.swpx", "4913", "*.bak", "*.orig", "*.rej",
            "*___jb_tmp___", "*___jb_old___", "*.autosave", "*.kate-swp", "~*.tmp", ".~*", "*.wbk", "*.dwl", "*.dwl2",
        ),
        "litter of the system": (
            ".ds_store", "._*", "thumbs.db", "thumbs.db:encryptable", "ehthumbs.db", "desktop.ini", "icon\r", ".directory",
            ".localized", ".apdisk", ".stignore", ".sync.ffs_db", "*.lock", ".nosync",
        ),
        "secrets": (
            ".env", ".env.*", ".env*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.p8", "*.jks", "*.keystore", "*.kdbx",
            "*.kdb", "*.ppk", "*.gpg", "*.asc", "*.ovpn", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
            "*.keyring", "*.keychain", "*.keychain-db", "login.keyring", "key3.db", "key4.db", "logins.json",
            ".netrc", "_netrc", ".pgpass", ".my.cnf", ".htpasswd", ".git-credentials", ".npmrc", ".pypirc",
            ".dockercfg", ".vault-token", "credentials", "credentials.json", "credentials.toml", "credentials.csv",
            "client_secret*.json", "service-account*.json", "service_account*.json",
            "application_default_credentials.json", "rclone.conf", "wallet.dat", "secrets.yaml", "secrets.yml",
            "secrets.toml", "secrets.json", "terraform.tfstate", "terraform.tfstate.backup", "*.tfvars", "kubeconfig",
            "accesskeys.csv", "*_accesskeys.csv", "rootkey.csv", "shadow", "*.wg", ".s3cfg", ".boto",
        ),
    }
)  # fmt: skip

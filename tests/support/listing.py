"""Lists a folder by its path, as a walk lists it on its way."""

from notion_sync.scan.disk import Disk, Folder, open_parent
from notion_sync.scan.listing import Listing, folder_error, listing_of
from notion_sync.scan.system_disk import SYSTEM_DISK


def list_folder(path: str, *, follow: bool = False, disk: Disk = SYSTEM_DISK) -> Listing:
    """The folder at an absolute path, which may itself be a link only where that is to be followed."""
    try:
        with _opened(path, follow=follow, disk=disk) as folder:
            return listing_of(folder)
    except OSError as error:
        raise folder_error(error) from error


def _opened(path: str, *, follow: bool, disk: Disk) -> Folder:
    if follow:
        return disk.open_root(path)
    parent, name = open_parent(path.rstrip("/"), root=None, disk=disk)
    with parent:
        return parent.open_folder(name)

"""Plan what must be done, as data. Pure: takes what is on disk, the record and the rules; returns steps and actions.

Planning has two stages, because reading a file is expensive and most files need not be read. `folder` compares the
stats in a folder with the record and returns the files to check. `decide` takes a file's content and returns what
happens to it at one destination. `removals` comes last: it guards the removal of missing files from Notion.
"""

from notion_sync.plan.actions import (
    ENTRY,
    TARGET_ITSELF,
    Action,
    Attach,
    Change,
    Keep,
    Refuse,
    Remove,
    Rename,
    Replace,
    TakeBack,
    TargetLocation,
)
from notion_sync.plan.decide import (
    CAPTION_LIMIT,
    UNDONE,
    Known,
    decide,
    fits,
    kind_at,
    label_for,
    packaged_name,
)
from notion_sync.plan.folder import (
    SMALLEST_LIMIT,
    FolderPlan,
    LeaveOut,
    Look,
    Step,
    Wait,
    above_limit,
    left_out,
    plan_folder,
    seconds_until_stable,
)
from notion_sync.plan.removals import Losses, Unreachable, removals_held, removals_stopped

__all__ = [
    "CAPTION_LIMIT",
    "ENTRY",
    "SMALLEST_LIMIT",
    "TARGET_ITSELF",
    "UNDONE",
    "Action",
    "Attach",
    "Change",
    "FolderPlan",
    "Keep",
    "Known",
    "LeaveOut",
    "Look",
    "Losses",
    "Refuse",
    "Remove",
    "Rename",
    "Replace",
    "Step",
    "TakeBack",
    "TargetLocation",
    "Unreachable",
    "Wait",
    "above_limit",
    "decide",
    "fits",
    "kind_at",
    "label_for",
    "left_out",
    "packaged_name",
    "plan_folder",
    "removals_held",
    "removals_stopped",
    "seconds_until_stable",
]

"""Whether a folder may be open on several machines at once: those share files, but no memory."""

from __future__ import annotations

from pathlib import Path

_NETWORK = frozenset(
    "nfs nfs4 cifs smb3 smbfs 9p afs ceph lustre gpfs beegfs glusterfs orangefs pvfs2 panfs wekafs fhgfs ncpfs "
    "fuse.sshfs fuse.glusterfs fuse.ceph fuse.s3fs fuse.gcsfuse fuse.rclone fuse.juicefs fuse.beegfs".split()
)
"""File systems as Linux names them. Elsewhere nothing is known, and a disk is taken for local."""

MOUNTS = Path("/proc/self/mountinfo")


def is_on_network(path: Path, mounts: Path = MOUNTS) -> bool:
    """Whether a path lies, or would lie, on a file system that other machines can mount too."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        place = path.resolve()
    except OSError:
        return False
    longest, kind = -1, ""
    for line in lines:
        # "36 35 98:0 /root /where/it/is rw,noatime shared:1 - nfs4 server:/export rw"; a space is \040
        fields, _, rest = line.partition(" - ")
        words = fields.split(" ")
        if len(words) < 5 or not rest:
            continue
        mounted = Path(words[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        # The last of several at one place lies over the others.
        if place.is_relative_to(mounted) and len(mounted.parts) >= longest:
            longest, kind = len(mounted.parts), rest.split(" ")[0]
    return kind in _NETWORK

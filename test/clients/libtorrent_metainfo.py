"""
What libtorrent makes of torrents, for tests that compare.

    libtorrent_metainfo.py describe FILE.torrent...            a line of JSON for each: name, hashes, files
    libtorrent_metainfo.py make FORMAT PATH PIECE_LENGTH OUT   writes the torrent of a file or folder; FORMAT is v1, v2
                                                               or hybrid
    libtorrent_metainfo.py fetch FILE.torrent FOLDER           downloads from the web seeds that the torrent names
"""
import json
import os
import sys
import time

import libtorrent

FLAGS = {'v1': 64, 'v2': libtorrent.create_torrent_flags_t.v2_only, 'hybrid': 0}


def describe(path):
    info = libtorrent.torrent_info(path)
    hashes = info.info_hashes()
    storage = info.files()
    files = [
        {'path': storage.file_path(index), 'length': storage.file_size(index), 'offset': storage.file_offset(index)}
        for index in range(storage.num_files())
        if not storage.file_flags(index) & libtorrent.file_flags_t.flag_pad_file
    ]
    print(json.dumps({
        'name': info.name(),
        'v1': str(hashes.v1) if hashes.has_v1() else None,
        'v2': str(hashes.v2) if hashes.has_v2() else None,
        'private': info.priv(),
        'trackers': [[tracker.url, tracker.tier] for tracker in info.trackers()],
        'files': files,
    }))


def make(form, path, piece_length, out):
    storage = libtorrent.file_storage()
    libtorrent.add_files(storage, path)
    torrent = libtorrent.create_torrent(storage, int(piece_length), flags=FLAGS[form])
    libtorrent.set_piece_hashes(torrent, os.path.dirname(path))
    with open(out, 'wb') as file:
        file.write(libtorrent.bencode(torrent.generate()))


def fetch(path, folder):
    session = libtorrent.session({
        'listen_interfaces': '127.0.0.1:0',
        'enable_dht': False,
        'enable_lsd': False,
        'enable_upnp': False,
        'enable_natpmp': False,
    })
    wanted = libtorrent.add_torrent_params()
    wanted.ti = libtorrent.torrent_info(path)
    wanted.trackers = []
    wanted.save_path = folder
    wanted.flags &= ~libtorrent.torrent_flags.auto_managed
    wanted.flags &= ~libtorrent.torrent_flags.paused
    wanted.flags |= libtorrent.torrent_flags.override_trackers
    torrent = session.add_torrent(wanted)
    while not torrent.status().is_seeding:
        time.sleep(0.01)


def main(command, *arguments):
    if command == 'describe':
        for path in arguments:
            describe(path)
    elif command == 'make':
        make(*arguments)
    else:
        fetch(*arguments)


main(*sys.argv[1:])

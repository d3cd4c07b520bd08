"""
A plain BitTorrent client on libtorrent, for tests and benchmarks: one torrent, loopback only, nothing but TCP.

    libtorrent_client.py seed FILE.torrent FOLDER              prints {"port": N}, and seeds until it is ended
    libtorrent_client.py get FILE.torrent|MAGNET FOLDER [HOST:PORT...]
                                                               prints {"seconds": S, "bytes": B} once it is complete

Web seeds are left out: what is to be seen is the wire. Without HOST:PORT peers come from the torrent's trackers.
"""
import json
import sys
import time

import libtorrent

settings = {
    'listen_interfaces': '127.0.0.1:0',
    'enable_dht': False,
    'enable_lsd': False,
    'enable_upnp': False,
    'enable_natpmp': False,
    'enable_outgoing_utp': False,
    'enable_incoming_utp': False,
    'allow_multiple_connections_per_ip': True,
    'announce_to_all_trackers': True,
    'announce_to_all_tiers': True,
    'in_enc_policy': 2,
    'out_enc_policy': 2,
}


def parameters(what, folder):
    if what.startswith('magnet:'):
        wanted = libtorrent.parse_magnet_uri(what)
    else:
        wanted = libtorrent.add_torrent_params()
        wanted.ti = libtorrent.torrent_info(what)
    wanted.save_path = folder
    wanted.flags &= ~libtorrent.torrent_flags.auto_managed
    wanted.flags &= ~libtorrent.torrent_flags.paused
    return wanted


def without_web_seeds(torrent):
    for url in list(torrent.url_seeds()):
        torrent.remove_url_seed(url)


def seed(session, what, folder):
    wanted = parameters(what, folder)
    wanted.flags |= libtorrent.torrent_flags.seed_mode
    torrent = session.add_torrent(wanted)
    without_web_seeds(torrent)
    print(json.dumps({'port': session.listen_port()}), flush=True)
    while True:
        time.sleep(60)


def get(session, what, folder, peers):
    torrent = session.add_torrent(parameters(what, folder))
    without_web_seeds(torrent)
    began = time.monotonic()
    for peer in peers:
        host, port = peer.rsplit(':', 1)
        torrent.connect_peer((host, int(port)))
    while not torrent.status().is_seeding:
        time.sleep(0.01)
        without_web_seeds(torrent)
    seconds = time.monotonic() - began
    print(json.dumps({'seconds': seconds, 'bytes': torrent.status().total_payload_download}), flush=True)


def main(command, what, folder, *peers):
    session = libtorrent.session(settings)
    if command == 'seed':
        seed(session, what, folder)
    else:
        get(session, what, folder, peers)


main(*sys.argv[1:])

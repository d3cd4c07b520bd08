# Sourced by spawn-peers and stop-peers, in the root of the checkout. A peer that was spawned has its process id in
# peers/ID.pid, and what it prints in peers/ID.log.

# is_running ID: sets `pid`; false when that process is over, or when another has got its number since.
is_running() {
  pid=$(cat "peers/$1.pid" 2>/dev/null) || return 1
  case "$(ps -o args= -p "$pid" 2>/dev/null) " in *" peer $1 "*) ;; *) return 1 ;; esac
}

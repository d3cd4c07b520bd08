# Sourced by scripts that must not run twice at once. A lock is a folder (mkdir is atomic everywhere) that names its
# owner; the lock of an owner that is no longer alive is taken over.
lock() {
  lock_path=$1
  until mkdir "$lock_path" 2>/dev/null; do
    owner=$(cat "$lock_path/pid" 2>/dev/null || echo)
    # Without a name for a minute: its owner was killed, or its disk was full, before it could write one.
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$lock_path"
    elif [ -z "$owner" ] && [ -n "$(find "$lock_path" -prune -mmin +1 2>/dev/null)" ]; then rm -rf "$lock_path"
    else sleep 0.1; fi
  done
  trap unlock EXIT
  echo $$ >"$lock_path/pid"
  trap 'exit 130' INT TERM HUP
}
unlock() {
  rm -rf "$lock_path"
  trap - EXIT INT TERM HUP
}

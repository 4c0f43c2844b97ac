#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A host of its own with a real systemd: namespaces for processes, mounts, network, names and control groups, and this
# machine's files below an overlay, so that nothing outside changes.
#
#   systemd_host.sh FOLDER INSTALL    starts it, with what INSTALL FOLDER/root installed; systemd runs until it is killed
#
# FOLDER/changes and FOLDER/overlay should lie in a tmpfs or on a disk, not on an overlay. Ends with 77 and the reason in
# FOLDER/refused where this machine does not allow it.
set -euo pipefail
folder=$1 install=$2
root=$folder/root

refuse() {
  echo "$*" >"$folder/refused"
  exit 77
}

# The control groups that this shell moved to; below them systemd makes its own.
enter_groups() {
  local hierarchy
  touch "$folder/groups"
  for hierarchy in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [[ -w $hierarchy/cgroup.procs ]] || continue
    mkdir -p "$hierarchy/statgate-test-$$"
    echo "$hierarchy/statgate-test-$$" >>"$folder/groups"
    echo $$ >"$hierarchy/statgate-test-$$/cgroup.procs" || return 1
  done
  [[ -s $folder/groups ]]
}

mount_groups() {
  local at=$root/sys/fs/cgroup
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    mount -t cgroup2 cgroup2 "$at"
    return
  fi
  mount -t tmpfs -o mode=755 tmpfs "$at"
  mkdir "$at/systemd" "$at/unified"
  mount -t cgroup -o none,name=systemd cgroup "$at/systemd"
  ! mountpoint -q /sys/fs/cgroup/unified || mount -t cgroup2 cgroup2 "$at/unified"
}

mount_devices() {
  local device
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  ln -s /proc/self/fd "$root/dev/fd"
  for device in 0:stdin 1:stdout 2:stderr; do
    ln -s "/proc/self/fd/${device%%:*}" "$root/dev/${device#*:}"
  done
  # PrivateDevices= of a unit looks for these.
  mkdir "$root/dev/shm" "$root/dev/pts"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
}

mount_all() {
  mkdir -p "$folder/changes" "$folder/overlay" "$root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/changes,workdir=$folder/overlay" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount_groups
  mount_devices
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/tmp"
}

# In the namespaces, as their first process.
if [[ ${3:-} == inside ]]; then
  mount_all 2>"$folder/mount.log" || refuse "mounts are refused: $(<"$folder/mount.log")"
  ip link set lo up
  "$install" "$root"
  cd "$root"
  # Not chroot(2): who lives in one gets no namespaces of its own.
  pivot_root . .
  umount -l .
  cd /
  export container=other
  exec /lib/systemd/systemd --system --unit=basic.target
fi

[[ -x /lib/systemd/systemd ]] || refuse "systemd is not installed"
((UID == 0)) || refuse "only root can start a systemd in namespaces"
enter_groups 2>"$folder/groups.log" || refuse "no control group of its own: $(<"$folder/groups.log")"
exec unshare --fork --pid --mount --cgroup --uts --ipc --net --propagation private "$0" "$folder" "$install" inside

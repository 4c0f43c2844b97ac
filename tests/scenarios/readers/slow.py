# SPDX-License-Identifier: MIT
"""Readers that ask for a compressed page and take the first bytes of it only.

    slow.py PORT PATH COUNT

Prints, once all of them have the head of their answer and then nothing more comes, how many get gzip. They go away in
the middle of it when standard input ends.
"""
import socket
import sys

PORT, PATH, COUNT = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def connect():
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(120)
    client.connect(('127.0.0.1', PORT))
    client.sendall(f'GET {PATH} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n'.encode())
    return client


clients = [connect() for _ in range(COUNT)]
heads = []
for client in clients:
    head = b''
    while b'\r\n\r\n' not in head:
        head += client.recv(64)
    heads.append(head)
print(sum(b'\nContent-Encoding: gzip\r' in head for head in heads), flush=True)
sys.stdin.read()

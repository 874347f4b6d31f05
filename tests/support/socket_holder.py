"""Holds a listening socket, as systemd does for a socket unit: socket_holder.py PORT COMMAND... runs the command, again
whenever it has ended well, with the socket as descriptor 3 (sd_listen_fds(3))."""

import os
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096)
command = sys.argv[2:]
code = 0
while code == 0:
    child = os.fork()
    if child == 0:
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        if listener.fileno() != 3:
            os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.execvp(command[0], command)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(code)

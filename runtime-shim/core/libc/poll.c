// poll() over the core's own files. Only pipes can be not ready; sockets are in C#, above.
#include "files.h"
#include <poll.h>

int poll(struct pollfd *entries, nfds_t count, int timeout_ms) {
    uint64_t deadline = timeout_ms < 0 ? WAIT_FOREVER : time_monotonic_ns() + (uint64_t)timeout_ms * 1000000;
    for (;;) {
        int ready = 0;
        for (nfds_t i = 0; i < count; i++) {
            struct file *file = entries[i].fd < 0 ? NULL : file_get(entries[i].fd);
            entries[i].revents = 0;
            if (entries[i].fd >= 0 && !file)
                entries[i].revents = POLLNVAL;
            if (file && entries[i].events & POLLIN &&
                (!file->operations->readable || file->operations->readable(file)))
                entries[i].revents |= POLLIN;
            if (file && entries[i].events & POLLOUT && file->operations->write)
                entries[i].revents |= POLLOUT;
            ready += entries[i].revents != 0;
        }
        uint64_t now = time_monotonic_ns();
        if (ready || now >= deadline)
            return ready;
        // No queue spans several files: look again every 10 ms. Nothing in the runtime waits here for long.
        uint64_t again = now + 10000000, irq = irq_save();
        wait_on(NULL, again < deadline ? again : deadline);
        irq_restore(irq);
    }
}

// What needs an operating system that is not there: each function fails with the errno that makes .NET throw
// the documented exception. (What a program really uses of files and sockets is answered in C#, above; these
// are for what still reaches C.)
//
// The functions are defined without their parameters: they look at none, and on x86-64 the caller removes
// them.
#include "libc.h"

#define REFUSE(name, error)                                                                                  \
    long name(void) {                                                                                        \
        errno = error;                                                                                       \
        return -1;                                                                                           \
    }
#define RETURN(name, value)                                                                                  \
    long name(void) {                                                                                        \
        return value;                                                                                        \
    }
#define REFUSE_POINTER(name, error)                                                                          \
    void *name(void) {                                                                                       \
        errno = error;                                                                                       \
        return NULL;                                                                                         \
    }

// Files: there are none, and none can be made.
REFUSE(chdir, ENOENT)
REFUSE(chmod, ENOENT)
REFUSE(fchmod, EROFS)
REFUSE(link, EROFS)
REFUSE(mkdir, EROFS)
REFUSE_POINTER(mkdtemp, EROFS)
REFUSE(mkfifo, EROFS)
REFUSE(mkstemps64, EROFS)
REFUSE(__xmknod, EROFS)
REFUSE(readlink, ENOENT)
REFUSE_POINTER(realpath, ENOENT)
REFUSE(rename, ENOENT)
REFUSE(rmdir, ENOENT)
REFUSE(symlink, EROFS)
REFUSE(unlink, ENOENT)
REFUSE(utimensat, ENOENT)
REFUSE(futimens, EROFS)
REFUSE(flock, EBADF)
REFUSE(fallocate64, ENODEV)
REFUSE(ftruncate64, EINVAL)
REFUSE(fsync, EINVAL)
REFUSE(lseek64, ESPIPE)
REFUSE(pread64, ESPIPE)
REFUSE(preadv64, ESPIPE)
REFUSE(pwrite64, ESPIPE)
REFUSE(pwritev64, ESPIPE)
RETURN(posix_fadvise64, ESPIPE) // returns the error itself
REFUSE(pathconf, ENOENT)
REFUSE(statfs64, ENOENT)
REFUSE(fstatfs64, ENOSYS)
REFUSE(sendfile64, EINVAL)
REFUSE(shm_open, ENOENT)
REFUSE(shm_unlink, ENOENT)
RETURN(sync, 0)
REFUSE_POINTER(opendir, ENOENT)
REFUSE_POINTER(readdir64, EBADF)
REFUSE(closedir, EBADF)
REFUSE_POINTER(setmntent, ENOENT)
REFUSE_POINTER(getmntent_r, ENOENT)
RETURN(endmntent, 1)
REFUSE(inotify_init1, ENOSYS)
REFUSE(inotify_add_watch, EBADF)
REFUSE(inotify_rm_watch, EBADF)

char *getcwd(char *buffer, size_t size) {
    if (!buffer || size < 2) {
        errno = buffer ? ERANGE : EINVAL;
        return NULL;
    }
    buffer[0] = '/';
    buffer[1] = 0;
    return buffer;
}

// Sockets and names.
REFUSE(socket, EAFNOSUPPORT)
REFUSE(socketpair, EAFNOSUPPORT)
REFUSE(accept4, ENOTSOCK)
REFUSE(bind, ENOTSOCK)
REFUSE(connect, ENOTSOCK)
REFUSE(getpeername, ENOTSOCK)
REFUSE(getsockname, ENOTSOCK)
REFUSE(getsockopt, ENOTSOCK)
REFUSE(setsockopt, ENOTSOCK)
REFUSE(listen, ENOTSOCK)
REFUSE(recv, ENOTSOCK)
REFUSE(recvmsg, ENOTSOCK)
REFUSE(send, ENOTSOCK)
REFUSE(sendmsg, ENOTSOCK)
REFUSE(shutdown, ENOTSOCK)
REFUSE(epoll_create1, ENOSYS)
REFUSE(epoll_ctl, EBADF)
REFUSE(epoll_wait, EBADF)
REFUSE(getifaddrs, ENOSYS)
RETURN(freeifaddrs, 0)
RETURN(freeaddrinfo, 0)
REFUSE_POINTER(if_indextoname, ENXIO)
long if_nametoindex(void) {
    errno = ENODEV;
    return 0;
}
RETURN(getaddrinfo, -4) // EAI_FAIL: non-recoverable failure in name resolution
RETURN(getnameinfo, -4)

const char *gai_strerror(int error) {
    (void)error;
    return "Non-recoverable failure in name resolution";
}

// Processes.
REFUSE(fork, ENOSYS)
REFUSE(vfork, ENOSYS)
REFUSE(execv, ENOSYS)
REFUSE(execve, ENOSYS)
REFUSE(waitpid, ECHILD)
REFUSE(waitid, ECHILD)
REFUSE(getsid, ESRCH)

// Users: the program is root, as the first process of a machine is; there is no data base of others.
RETURN(getuid, 0)
RETURN(geteuid, 0)
RETURN(getgid, 0)
RETURN(getegid, 0)
REFUSE(setuid, EPERM)
REFUSE(seteuid, EPERM)
REFUSE(setgid, EPERM)
REFUSE(setgroups, EPERM)
RETURN(getgroups, 0)

int getgrouplist(const char *user, unsigned group, unsigned *groups, int *count) {
    (void)user, (void)group, (void)groups;
    *count = 0;
    return 0;
}

int getpwuid_r(unsigned id, void *entry, char *buffer, size_t size, void **result) {
    (void)id, (void)entry, (void)buffer, (void)size;
    *result = NULL; // not found
    return 0;
}

int getpwnam_r(const char *name, void *entry, char *buffer, size_t size, void **result) {
    (void)name, (void)entry, (void)buffer, (void)size;
    *result = NULL;
    return 0;
}

int getgrgid_r(unsigned id, void *entry, char *buffer, size_t size, void **result) {
    (void)id, (void)entry, (void)buffer, (void)size;
    *result = NULL;
    return 0;
}

// The part of stdio that the archives use: formatting, and unbuffered streams over the table of files.
#include "files.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct _IO_FILE { // glibc leaves its fields to itself; programs only hold pointers
    int fd;
    bool at_end, failed;
};
typedef struct _IO_FILE FILE;

static FILE standard[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
FILE *stdin = &standard[0], *stdout = &standard[1], *stderr = &standard[2];

// ---- formatting
// -------------------------------------------------------------------------------------------------------------

int vsnprintf(char *buffer, size_t size, const char *format, va_list args) {
    return kvsnprintf(buffer, size, format, args);
}

int snprintf(char *buffer, size_t size, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = kvsnprintf(buffer, size, format, args);
    va_end(args);
    return length;
}

int vasprintf(char **result, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = kvsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = malloc((size_t)length + 1);
    if (!text)
        return -1;
    kvsnprintf(text, (size_t)length + 1, format, args);
    *result = text;
    return length;
}

int asprintf(char **result, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vasprintf(result, format, args);
    va_end(args);
    return length;
}

int vfprintf(FILE *stream, const char *format, va_list args) {
    char line[256];
    va_list again;
    va_copy(again, args);
    int length = kvsnprintf(line, sizeof line, format, args);
    if ((size_t)length < sizeof line)
        write(stream->fd, line, (size_t)length);
    else {
        char *text;
        if (vasprintf(&text, format, again) >= 0) {
            write(stream->fd, text, (size_t)length);
            free(text);
        } else
            length = -1;
    }
    va_end(again);
    return length;
}

int fprintf(FILE *stream, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vfprintf(stream, format, args);
    va_end(args);
    return length;
}

// ---- streams
// ------------------------------------------------------------------------------------------------------------------

FILE *fopen64(const char *path, const char *mode) {
    int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
    int fd = open64(path, flags | (*mode == 'r' ? 0 : O_CREAT));
    if (fd < 0)
        return NULL;
    FILE *stream = calloc(1, sizeof *stream);
    if (stream)
        stream->fd = fd;
    else
        close(fd);
    return stream;
}

int fclose(FILE *stream) {
    int result = close(stream->fd);
    if (stream < standard || stream >= standard + 3)
        free(stream);
    return result;
}

int fileno(FILE *stream) {
    return stream->fd;
}

int fflush(FILE *stream) { // nothing is buffered
    (void)stream;
    return 0;
}

size_t fwrite(const void *items, size_t size, size_t count, FILE *stream) {
    ssize_t written = write(stream->fd, items, size * count);
    return written > 0 && size ? (size_t)written / size : 0;
}

int fputs(const char *text, FILE *stream) {
    return write(stream->fd, text, strlen(text)) < 0 ? -1 : 0;
}

int fgetc(FILE *stream) {
    unsigned char byte;
    return read(stream->fd, &byte, 1) == 1 ? byte : -1;
}

ssize_t __getdelim(char **line, size_t *capacity, int delimiter, FILE *stream) {
    size_t length = 0;
    for (int c; (c = fgetc(stream)) >= 0;) {
        if (length + 2 > *capacity || !*line) {
            size_t larger = *line && *capacity ? *capacity * 2 : 128;
            char *grown = realloc(*line, larger);
            if (!grown)
                return -1;
            *line = grown;
            *capacity = larger;
        }
        (*line)[length++] = (char)c;
        if (c == delimiter)
            break;
    }
    if (!length)
        return -1;
    (*line)[length] = 0;
    return (ssize_t)length;
}

// Strings. musl's versions take a word at a time and two ways through a needle, in some 3 KB; what is
// compared here are names of settings and paths of a few bytes, once.
#include "core.h"
#include <stdlib.h>
#include <string.h>

size_t strlen(const char *s) {
    const char *p = s;
    while (*p)
        p++;
    return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t n) {
    size_t i = 0;
    while (i < n && s[i])
        i++;
    return i;
}

int strncmp(const char *a, const char *b, size_t n) {
    for (; n && *a && *a == *b; a++, b++)
        n--;
    return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b) {
    return strncmp(a, b, SIZE_MAX);
}

static int lower(unsigned char c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

// The runtime compares each of its settings with each that is built into the image, at start: most of their
// letters are the same.
int strncasecmp(const char *a, const char *b, size_t n) {
    for (; n && *a && (*a == *b || lower((unsigned char)*a) == lower((unsigned char)*b)); a++, b++)
        n--;
    return n ? lower((unsigned char)*a) - lower((unsigned char)*b) : 0;
}

int strcasecmp(const char *a, const char *b) {
    return strncasecmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c) {
    for (;; s++) {
        if (*s == (char)c)
            return (char *)s;
        if (!*s)
            return NULL;
    }
}

char *strrchr(const char *s, int c) {
    const char *last = NULL;
    do
        if (*s == (char)c)
            last = s;
    while (*s++);
    return (char *)last;
}

char *strstr(const char *text, const char *part) {
    size_t length = strlen(part);
    for (;; text++) {
        if (!strncmp(text, part, length))
            return (char *)text;
        if (!*text)
            return NULL;
    }
}

void *memchr(const void *s, int c, size_t n) {
    for (const unsigned char *p = s; n; n--, p++)
        if (*p == (unsigned char)c)
            return (void *)p;
    return NULL;
}

char *strncpy(char *to, const char *from, size_t n) {
    size_t i = 0;
    for (; i < n && from[i]; i++)
        to[i] = from[i];
    for (; i < n; i++)
        to[i] = 0;
    return to;
}

char *strncat(char *to, const char *from, size_t n) {
    char *end = to + strlen(to);
    size_t length = strnlen(from, n);
    memcpy(end, from, length);
    end[length] = 0;
    return to;
}

char *strcat(char *to, const char *from) {
    return strncat(to, from, SIZE_MAX);
}

char *strcpy(char *to, const char *from) {
    memcpy(to, from, strlen(from) + 1);
    return to;
}

char *strdup(const char *s) {
    size_t size = strlen(s) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, s, size) : NULL;
}

char *strtok_r(char *text, const char *separators, char **rest) {
    char *start = text ? text : *rest;
    while (*start && strchr(separators, *start))
        start++;
    char *end = start;
    while (*end && !strchr(separators, *end))
        end++;
    *rest = *end ? end + 1 : end;
    *end = 0;
    return end > start ? start : NULL;
}

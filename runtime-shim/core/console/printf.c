// The formatter: C17 7.21.6.1 without the floating-point conversions (libc/ adds those where they are
// wanted).
#include "core.h"

struct sink {
    char *buffer;
    size_t size, length; // length counts what did not fit too
};

static void put(struct sink *s, char c) {
    if (s->length + 1 < s->size)
        s->buffer[s->length] = c;
    s->length++;
}

struct spec {
    bool left, zero, plus, space, alternate, upper;
    int width, precision; // precision -1: none given
};

static void put_padded(struct sink *s, const struct spec *f, const char *prefix, const char *digits,
                       size_t length, size_t zeros) {
    size_t prefix_length = 0;
    while (prefix[prefix_length])
        prefix_length++;
    size_t total = prefix_length + zeros + length;
    size_t pad = f->width > 0 && (size_t)f->width > total ? (size_t)f->width - total : 0;
    if (!f->left)
        for (; pad; pad--)
            put(s, ' ');
    while (*prefix)
        put(s, *prefix++);
    for (; zeros; zeros--)
        put(s, '0');
    for (; length; length--)
        put(s, *digits++);
    for (; pad; pad--)
        put(s, ' ');
}

static void put_integer(struct sink *s, struct spec *f, uint64_t value, unsigned base, const char *prefix) {
    const char *alphabet = f->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[24], *p = digits + sizeof digits;
    for (; value; value /= base)
        *--p = alphabet[value % base];
    size_t length = (size_t)(digits + sizeof digits - p), zeros = 0, prefix_length = 0;
    while (prefix[prefix_length])
        prefix_length++;
    if (f->precision < 0) {
        zeros = length ? 0 : 1;
        if (f->zero && !f->left && f->width > 0 && (size_t)f->width > prefix_length + length + zeros)
            zeros = (size_t)f->width - prefix_length - length;
    } else if ((size_t)f->precision > length)
        zeros = (size_t)f->precision - length;
    put_padded(s, f, prefix, p, length, zeros);
}

static int parse_number(const char **format, va_list *args, bool *negative) {
    int n = 0;
    if (**format == '*') {
        ++*format;
        n = va_arg(*args, int);
        *negative = n < 0;
        return n < 0 ? -n : n;
    }
    while (**format >= '0' && **format <= '9')
        n = n * 10 + (*(*format)++ - '0');
    return n;
}

static int64_t signed_argument(va_list *args, int size) {
    switch (size) {
    case -2:
        return (signed char)va_arg(*args, int);
    case -1:
        return (short)va_arg(*args, int);
    case 0:
        return va_arg(*args, int);
    default:
        return va_arg(*args, long);
    }
}

static uint64_t unsigned_argument(va_list *args, int size) {
    switch (size) {
    case -2:
        return (unsigned char)va_arg(*args, unsigned);
    case -1:
        return (unsigned short)va_arg(*args, unsigned);
    case 0:
        return va_arg(*args, unsigned);
    default:
        return va_arg(*args, unsigned long);
    }
}

int kvsnprintf(char *buffer, size_t size, const char *format, va_list list) {
    struct sink s = {.buffer = buffer, .size = size};
    va_list args;
    va_copy(args, list);
    while (*format) {
        if (*format != '%') {
            put(&s, *format++);
            continue;
        }
        const char *start = format++;
        struct spec f = {.precision = -1};
        for (;; format++) {
            if (*format == '-')
                f.left = true;
            else if (*format == '0')
                f.zero = true;
            else if (*format == '+')
                f.plus = true;
            else if (*format == ' ')
                f.space = true;
            else if (*format == '#')
                f.alternate = true;
            else
                break;
        }
        bool negative = false;
        f.width = parse_number(&format, &args, &negative);
        f.left |= negative; // C17 7.21.6.1p5: a negative width argument is a - flag
        if (*format == '.') {
            format++;
            negative = false;
            f.precision = parse_number(&format, &args, &negative);
            if (negative)
                f.precision = -1;
        }
        int length = 0; // hh -2, h -1, l and all 64-bit ones 1
        for (;; format++) {
            if (*format == 'h')
                length--;
            else if (*format == 'l' || *format == 'z' || *format == 'j' || *format == 't')
                length = 1;
            else
                break;
        }
        char conversion = *format;
        if (conversion)
            format++;
        switch (conversion) {
        case 'd':
        case 'i': {
            int64_t v = signed_argument(&args, length);
            put_integer(&s, &f, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10,
                        v < 0     ? "-"
                        : f.plus  ? "+"
                        : f.space ? " "
                                  : "");
            break;
        }
        case 'u':
            put_integer(&s, &f, unsigned_argument(&args, length), 10, "");
            break;
        case 'o': {
            uint64_t v = unsigned_argument(&args, length);
            put_integer(&s, &f, v, 8, f.alternate && v ? "0" : "");
            break;
        }
        case 'X':
            f.upper = true; // fall through
            __attribute__((fallthrough));
        case 'x': {
            uint64_t v = unsigned_argument(&args, length);
            put_integer(&s, &f, v, 16, !f.alternate || !v ? "" : f.upper ? "0X" : "0x");
            break;
        }
        case 'p': {
            uint64_t v = (uint64_t)va_arg(args, void *);
            if (v)
                put_integer(&s, &f, v, 16, "0x");
            else
                put_padded(&s, &f, "", "(nil)", 5, 0); // as glibc
            break;
        }
        case 'c': {
            char c = (char)va_arg(args, int);
            put_padded(&s, &f, "", &c, 1, 0);
            break;
        }
        case 's': {
            const char *text = va_arg(args, const char *);
            if (!text)
                text = "(null)";
            size_t n = 0;
            while ((f.precision < 0 || n < (size_t)f.precision) && text[n])
                n++;
            put_padded(&s, &f, "", text, n, 0);
            break;
        }
        case '%':
            put(&s, '%');
            break;
        default: // unknown: shown as it was written
            while (start < format)
                put(&s, *start++);
        }
    }
    va_end(args);
    if (size)
        buffer[s.length < size ? s.length : size - 1] = 0;
    return (int)s.length;
}

int kprintf(const char *format, ...) {
    char line[256];
    va_list args;
    va_start(args, format);
    int n = kvsnprintf(line, sizeof line, format, args);
    va_end(args);
    console_write(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
    return n;
}

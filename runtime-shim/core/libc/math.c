// The functions of libm in which musl and glibc differ noticeably, so that a program prints the same digits
// as on Linux.
//
// glibc's log, sin, cos, tan, asin, acos, atan, atan2 err by little more than half a unit in the last place,
// that is, nearly all of their results are the exact ones rounded. The same is had by computing with x87's
// 64-bit mantissa (musl's long double functions) and rounding once: 0.01 to 0.2 % of results differ then,
// where 3 to 23 % do with musl's double functions (atan2). tanh, cosh, log10 err by more in both; here they
// follow the formulas that glibc has from fdlibm (netlib.org/fdlibm, s_tanh.c, e_cosh.c, e_log10.c). What is
// not here comes from musl: exp, pow, log2 and exp2 are the same code in both. cbrt stays different in about
// half of all cases (by one unit): glibc's has errors of its own.
#include "core.h"

long double sinl(long double), cosl(long double), tanl(long double);
long double asinl(long double), acosl(long double), atanl(long double), atan2l(long double, long double);
double exp(double), expm1(double), log1p(double);

double log(double x) {
    double result;
    __asm__("fldln2; fldl %1; fyl2x; fstpl %0" : "=m"(result) : "m"(x) : "st", "st(1)");
    return result;
}

double sin(double x) {
    return (double)sinl(x);
}

double cos(double x) {
    return (double)cosl(x);
}

void sincos(double x, double *sine, double *cosine) {
    *sine = sin(x);
    *cosine = cos(x);
}

double tan(double x) {
    return (double)tanl(x);
}

double asin(double x) {
    return (double)asinl(x);
}

double acos(double x) {
    return (double)acosl(x);
}

double atan(double x) {
    return (double)atanl(x);
}

double atan2(double y, double x) {
    return (double)atan2l(y, x);
}

double tanh(double x) {
    double magnitude = __builtin_fabs(x), result = 1;
    if (magnitude < 0x1p-55)
        return x * (1 + x);
    if (magnitude < 1) {
        double t = expm1(-2 * magnitude);
        result = -t / (t + 2);
    } else if (magnitude < 22)
        result = 1 - 2 / (expm1(2 * magnitude) + 2);
    else if (x != x)
        return x;
    return __builtin_copysign(result, x);
}

double cosh(double x) {
    double magnitude = __builtin_fabs(x);
    if (magnitude < 0.34657359027997264) { // ln 2 / 2
        double t = expm1(magnitude);
        return 1 + t * t / (2 * (1 + t));
    }
    if (magnitude < 22) {
        double t = exp(magnitude);
        return 0.5 * t + 0.5 / t;
    }
    if (magnitude < 709)
        return 0.5 * exp(magnitude);
    double half = exp(0.5 * magnitude); // exp() alone would overflow too early
    return 0.5 * half * half;
}

double log10(double x) {
    union {
        double value;
        uint64_t bits;
    } u = {x};
    if (!(x > 0) || u.bits >> 52 == 0x7ff) // zero, negative, infinite, not a number: as log
        return log(x);
    int exponent = 0;
    if (u.bits >> 52 == 0) { // subnormal
        u.value *= 0x1p54;
        exponent = -54;
    }
    exponent += (int)(u.bits >> 52) - 1023;
    int negative = exponent < 0;
    u.bits = (u.bits & 0xfffffffffffff) | (uint64_t)(1023 - negative) << 52; // [1, 2), or [0.5, 1) below 1
    double y = exponent + negative;
    double low = 3.69423907715893078616e-13, high = 3.01029995663611771306e-01; // log10(2) in two parts
    return y * low + 4.34294481903251816668e-01 * log(u.value) + y * high;      // the factor is 1 / ln 10
}

// musl's acosh takes its formula for x > 2 by the exponent alone, and so has finite results for x < -2, where there is none.
double acosh(double x) {
    if (!(x >= 1))
        return (x - x) / (x - x);
    if (x >= 0x1p28)
        return log(x) + 0x1.62e42fefa39efp-1; // ln 2
    if (x > 2)
        return log(2 * x - 1 / (x + __builtin_sqrt(x * x - 1)));
    double t = x - 1;
    return log1p(t + __builtin_sqrt(2 * t + t * t));
}

float acoshf(float x) {
    return (float)acosh((double)x);
}

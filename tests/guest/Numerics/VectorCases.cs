using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unikernel.Guest;

/// <summary>
/// SIMD of every width. Whether a width is accelerated depends on the processor; what it computes does not, so the results are
/// compared and the support is not. The intrinsics are used where the processor has them, with a scalar fallback otherwise.
/// </summary>
internal static class VectorCases
{
    public static void Run()
    {
        Suite.Case("Vector128 arithmetic", () => (Vector128.Create(1, 2, 3, 4) * Vector128.Create(10) - Vector128<int>.One).ToString());
        Suite.Case("Vector128 float", () => (Vector128.Create(1f, 4, 9, 16) / Vector128.Create(3f)).ToString());
        Suite.Case("Vector128 shuffle", () => Vector128.Shuffle(Vector128.Create(1, 2, 3, 4), Vector128.Create(3, 2, 1, 0)).ToString());
        Suite.Case("Vector128 compare", () => Vector128.GreaterThan(Vector128.Create(1, 5, 3, 7), Vector128.Create(4)).ToString());
        Suite.Case("Vector128 select", () => Vector128.ConditionalSelect(Vector128.Create(-1, 0, -1, 0), Vector128.Create(1), Vector128.Create(2)).ToString());
        Suite.Case("Vector128 bytes", () => Vector128.AddSaturate(Vector128.Create((byte)200), Vector128.Create((byte)100)).ToString());
        Suite.Case("Vector128 mask", () => Vector128.ExtractMostSignificantBits(Vector128.Create((sbyte)-1).WithElement(3, (sbyte)1)));
        Suite.Case("Vector128 widen", () => Vector128.Widen(Vector128.Create((short)-5)).ToString());
        Suite.Case("Vector128 narrow", () => Vector128.NarrowWithSaturation(Vector128.Create(70000), Vector128.Create(-70000)).ToString());
        Suite.Case("Vector128 convert", () => Vector128.ConvertToInt32(Vector128.Create(1.9f, -1.9f, 1e20f, float.NaN)).ToString());
        Suite.Case("Vector128 sum dot", () => $"{Vector128.Sum(Vector128.Create(1, 2, 3, 4))} {Vector128.Dot(Vector128.Create(1L, 2), Vector128.Create(3L, 4))}");
        Suite.Case("Vector256 arithmetic", () => (Vector256.Create(1, 2, 3, 4, 5, 6, 7, 8) * 3 + Vector256<int>.One).ToString());
        Suite.Case("Vector256 double", () => Vector256.Sqrt(Vector256.Create(1.0, 2, 3, 4)).ToString());
        Suite.Case("Vector256 shuffle", () => Vector256.Shuffle(Vector256.Create(1L, 2, 3, 4), Vector256.Create(3L, 3, 0, 9)).ToString());
        Suite.Case("Vector256 shift", () => (Vector256.Create(-16) >> 2).ToString() + (Vector256.Create(-16) >>> 28));
        Suite.Case("Vector256 multiply add", () => Vector256.FusedMultiplyAdd(Vector256.Create(1.5), Vector256.Create(2.5), Vector256.Create(0.25)).ToString());
        Suite.Case("Vector256 floor", () => Vector256.Floor(Vector256.Create(-1.5, 1.5, 2.0, -0.0)).ToString());
        Suite.Case("Vector512 arithmetic", () => Vector512.Sum(Vector512.Create(7) * Vector512<int>.Indices));
        Suite.Case("Vector512 double", () => Vector512.Max(Vector512.Create(1.0), Vector512<double>.Indices).ToString());
        Suite.Case("Vector512 bits", () => (Vector512.Create(0xffL) & ~Vector512.Create(0x0fL)).GetElement(5));
        Suite.Case("Vector<T> sum", () => VectorSum(1000));
        Suite.Case("Vector2", () => (new Vector2(3, 4).Length(), Vector2.Normalize(new Vector2(0, 5))).ToString());
        Suite.Case("Vector3", () => Vector3.Cross(new Vector3(1, 2, 3), new Vector3(4, 5, 6)).ToString());
        Suite.Case("Vector4", () => Vector4.Lerp(Vector4.Zero, new Vector4(1, 2, 3, 4), 0.25f).ToString());
        Suite.Case("Matrix4x4", () => (Matrix4x4.CreateTranslation(1, 2, 3) * Matrix4x4.CreateScale(2)).ToString());
        Suite.Case("Matrix inverse", () => Matrix4x4.Invert(Matrix4x4.CreateScale(2, 4, 8), out Matrix4x4 m) ? m.GetDeterminant() : float.NaN);
        Suite.Case("Quaternion", () => Vector3.Transform(Vector3.UnitX, new Quaternion(0, 0, 1, 0)).ToString());
        Suite.Case("Plane", () => Plane.CreateFromVertices(Vector3.Zero, Vector3.UnitX, Vector3.UnitY).ToString());
        Suite.Case("sse sum", () => Sse(1000));
        Suite.Case("sse4.1 blend", () => Sse41.IsSupported ? Sse41.Blend(Vector128.Create(1f), Vector128.Create(2f), 0b0101).ToString() : "<2, 1, 2, 1>");
        Suite.Case("avx2 sum", () => Avx(1000));
        Suite.Case("fma", () => Fma.IsSupported ? Fma.MultiplyAdd(Vector128.Create(2.0), Vector128.Create(3.0), Vector128.Create(4.0)).ToString() : "<10, 10>");
        Suite.Case("bmi pext", () => Bmi2.X64.IsSupported ? Bmi2.X64.ParallelBitExtract(0x123456789abcdef0, 0x00ff00ff00ff00ff) : 0x3478bcf0UL);
        Suite.Case("lzcnt popcnt", () => $"{(Lzcnt.IsSupported ? Lzcnt.LeadingZeroCount(1) : 31)} {(Popcnt.IsSupported ? Popcnt.PopCount(255) : 8)}");
        Suite.Case("pclmul", () => Pclmulqdq.IsSupported ? Pclmulqdq.CarrylessMultiply(Vector128.Create(7UL, 0), Vector128.Create(5UL, 0), 0).ToString() : "<27, 0>");
        Suite.Case("aes", () => System.Runtime.Intrinsics.X86.Aes.IsSupported
            ? System.Runtime.Intrinsics.X86.Aes.Encrypt(Vector128<byte>.Zero, Vector128<byte>.Zero).ToString()
            : "<99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99>");
        Suite.Case("avx512 sum", () => Avx512(1000));
        Suite.Case("search in bytes", () => Search(5000));
        Suite.Case("vector registers across threads", AcrossThreads);
        Suite.Case("index of any", () => "the quick brown fox".AsSpan().IndexOfAny("xyz"));
        Suite.Case("search values", () => string.Join(' ', new[] { "abc", "x", "needle in hay" }.Select(s => s.AsSpan().IndexOfAny(System.Buffers.SearchValues.Create("xyzndl")))));
        Suite.Case("tensor-like dot", () => Dot(4096));
    }

    private static int VectorSum(int n)
    {
        int[] data = [.. Enumerable.Range(0, n)];
        Vector<int> sum = Vector<int>.Zero;
        int i = 0;
        for (; i <= n - Vector<int>.Count; i += Vector<int>.Count)
        {
            sum += new Vector<int>(data, i);
        }

        int total = Vector.Sum(sum);
        for (; i < n; i++)
        {
            total += data[i];
        }

        return total;
    }

    private static int Sse(int n)
    {
        Vector128<int> sum = Vector128<int>.Zero;
        for (int i = 0; i < n; i++)
        {
            sum = Sse2.IsSupported ? Sse2.Add(sum, Vector128.Create(i)) : sum + Vector128.Create(i);
        }

        return sum.ToScalar();
    }

    private static int Avx(int n)
    {
        Vector256<int> sum = Vector256<int>.Zero;
        for (int i = 0; i < n; i++)
        {
            Vector256<int> v = Vector256.Create(i);
            sum = Avx2.IsSupported ? Avx2.Add(sum, Avx2.Abs(v.AsInt32()).AsInt32()) : sum + v;
        }

        return Vector256.Sum(sum);
    }

    private static int Avx512(int n)
    {
        Vector512<int> sum = Vector512<int>.Zero;
        for (int i = 0; i < n; i++)
        {
            Vector512<int> v = Vector512.Create(i);
            sum = Avx512F.IsSupported ? Avx512F.Add(sum, v) : sum + v;
        }

        return Vector512.Sum(sum);
    }

    private static string Search(int n)
    {
        byte[] data = new byte[n];
        int found = 0;
        for (int i = 0; i < n; i += 37)
        {
            data.AsSpan().Clear();
            data[i] = 1;
            found += data.AsSpan().IndexOf((byte)1) == i ? 1 : 0;
        }

        return $"{found} {data.AsSpan().LastIndexOf((byte)1)}";
    }

    private static string AcrossThreads()
    {
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(n => new Thread(() =>
        {
            Vector256<long> v = Vector256.Create((long)n), w = v;
            for (int i = 0; i < 300_000; i++)
            {
                w = (w << 1) - w;
                if (i % 50_000 == 0)
                {
                    Thread.Yield();
                }
            }

            if (w != v)
            {
                Interlocked.Increment(ref wrong);
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        return $"{wrong} wrong";
    }

    private static float Dot(int n)
    {
        Vector4 sum = Vector4.Zero;
        for (int i = 0; i < n; i += 4)
        {
            Vector4 v = new(i, i + 1, i + 2, i + 3);
            sum += v * 0.5f;
        }

        return Vector4.Dot(sum, Vector4.One);
    }
}

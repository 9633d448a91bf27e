using System.Numerics; using System.Runtime.InteropServices; using System.Runtime.Intrinsics;
Console.WriteLine(Vector128.Create(1, 2, 3, 4) + Vector128<int>.One + " " + Vector.Dot(Vector<float>.One, Vector<float>.One) + Vector256.IsHardwareAccelerated);
Console.WriteLine(Matrix4x4.Identity.Translation + " " + Quaternion.Identity + Complex.Sqrt(-1) + BitOperations.PopCount(255u) + MemoryMarshal.Cast<byte, int>(new byte[8]).Length);
Console.WriteLine("hello world".AsSpan().IndexOfAny('w', 'x') + new int[100].AsSpan().Contains(3).ToString());

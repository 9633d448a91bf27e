using System.Security.Cryptography;
using Unikernel.Cryptography;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>The oracle is System.Security.Cryptography on the host.</summary>
public unsafe class CryptographyTests
{
    private static readonly HashAlgorithmName[] s_algorithms =
    [
        HashAlgorithmName.MD5, HashAlgorithmName.SHA1, HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512,
        HashAlgorithmName.SHA3_256, HashAlgorithmName.SHA3_384, HashAlgorithmName.SHA3_512,
    ];

    public static TheoryData<string, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (HashAlgorithmName algorithm in s_algorithms)
            {
                if (algorithm.Name!.StartsWith("SHA3", StringComparison.Ordinal) && !SHA3_256.IsSupported)
                    continue;
                foreach (int length in (int[])[0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000])
                    data.Add(algorithm.Name, length);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Hashes(string algorithm, int length)
    {
        byte[] data = Bytes(length, 1);
        byte[] expected = CryptographicOperations.HashData(new HashAlgorithmName(algorithm), data);
        nint kind = Kind(algorithm);
        Assert.Equal(expected.Length, DigestKinds.GetSize(kind));
        fixed (byte* p = data)
        fixed (byte* result = new byte[64])
        {
            uint size = 64;
            Assert.Equal(1, DigestEntryPoints.OneShot(kind, p, length, result, &size));
            Assert.Equal(expected, new Span<byte>(result, (int)size).ToArray());

            // In two pieces, looked at in between, copied, and used again.
            nint context = DigestEntryPoints.Create(kind);
            DigestEntryPoints.Update(context, p, length / 2);
            size = 64;
            Assert.Equal(1, DigestEntryPoints.Current(context, result, &size));
            nint copy = DigestEntryPoints.Copy(context);
            DigestEntryPoints.Update(context, p + length / 2, length - length / 2);
            DigestEntryPoints.Update(copy, p + length / 2, length - length / 2);
            foreach (nint one in (nint[])[context, copy])
            {
                size = 64;
                Assert.Equal(1, DigestEntryPoints.Final(one, result, &size));
                Assert.Equal(expected, new Span<byte>(result, (int)size).ToArray());
            }

            DigestEntryPoints.Reset(context, kind);
            DigestEntryPoints.Update(context, p, length);
            size = 64;
            DigestEntryPoints.Final(context, result, &size);
            Assert.Equal(expected, new Span<byte>(result, (int)size).ToArray());
            size = 1;
            Assert.Equal(0, DigestEntryPoints.Current(context, result, &size));
            DigestEntryPoints.Destroy(context);
            DigestEntryPoints.Destroy(copy);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Hmac(string algorithm, int keyLength)
    {
        byte[] key = Bytes(keyLength, 2), data = Bytes(300, 3);
        byte[] expected = CryptographicOperations.HmacData(new HashAlgorithmName(algorithm), key, data);
        nint kind = Kind(algorithm);
        fixed (byte* k = key)
        fixed (byte* p = data)
        fixed (byte* result = new byte[64])
        {
            int size = 64;
            Assert.Equal(1, HmacEntryPoints.OneShot(kind, k, keyLength, p, data.Length, result, &size));
            Assert.Equal(expected, new Span<byte>(result, size).ToArray());

            nint context = HmacEntryPoints.Create(k, keyLength, kind);
            HmacEntryPoints.Update(context, p, 7);
            HmacEntryPoints.Reset(context);
            HmacEntryPoints.Update(context, p, 150);
            nint copy = HmacEntryPoints.Copy(context);
            HmacEntryPoints.Update(copy, p + 150, 150);
            size = 64;
            HmacEntryPoints.Final(copy, result, &size);
            Assert.Equal(expected, new Span<byte>(result, size).ToArray());
            HmacEntryPoints.Destroy(context);
            HmacEntryPoints.Destroy(copy);
        }
    }

    [Theory]
    [InlineData("SHA1", 1, 20)]
    [InlineData("SHA256", 1000, 32)]
    [InlineData("SHA256", 3, 100)]
    [InlineData("SHA512", 17, 65)]
    public void Pbkdf2(string algorithm, int iterations, int length)
    {
        byte[] password = Bytes(11, 4), salt = Bytes(16, 5), result = new byte[length];
        byte[] expected = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, new HashAlgorithmName(algorithm), length);
        fixed (byte* p = password)
        fixed (byte* s = salt)
        fixed (byte* r = result)
            Assert.Equal(1, HmacEntryPoints.DeriveKey(p, password.Length, s, salt.Length, iterations, Kind(algorithm), r, length));
        Assert.Equal(expected, result);
    }

    [Fact]
    public void Extendable_output()
    {
        if (!Shake128.IsSupported)
            return;
        byte[] data = Bytes(200, 6), result = new byte[333];
        fixed (byte* p = data)
        fixed (byte* r = result)
        {
            Assert.Equal(1, DigestEntryPoints.ExtendableOneShot(DigestKinds.Shake128(), p, data.Length, r, (uint)result.Length));
            Assert.Equal(Shake128.HashData(data, result.Length), result);
            Assert.Equal(0, DigestEntryPoints.ExtendableOneShot(DigestKinds.Sha256(), p, data.Length, r, (uint)result.Length));
        }
    }

    [Theory]
    [InlineData(CipherMode.ECB, 16, 0)]
    [InlineData(CipherMode.ECB, 32, 0)]
    [InlineData(CipherMode.CBC, 16, 0)]
    [InlineData(CipherMode.CBC, 24, 0)]
    [InlineData(CipherMode.CBC, 32, 0)]
    [InlineData(CipherMode.CFB, 16, 8)]
    [InlineData(CipherMode.CFB, 32, 128)]
    public void Aes_in_modes(CipherMode mode, int keySize, int feedback)
    {
        byte[] key = Bytes(keySize, 7), vector = Bytes(16, 8), text = Bytes(160, 9), result = new byte[160];
        using Aes aes = Aes.Create();
        aes.Key = key;
        byte[] expected = mode switch
        {
            CipherMode.ECB => aes.EncryptEcb(text, PaddingMode.None),
            CipherMode.CBC => aes.EncryptCbc(text, vector, PaddingMode.None),
            _ => aes.EncryptCfb(text, vector, PaddingMode.None, feedback),
        };
        nint kind = (mode, keySize, feedback) switch
        {
            (CipherMode.ECB, 16, _) => CipherKinds.Ecb128(),
            (CipherMode.ECB, _, _) => CipherKinds.Ecb256(),
            (CipherMode.CBC, 16, _) => CipherKinds.Cbc128(),
            (CipherMode.CBC, 24, _) => CipherKinds.Cbc192(),
            (CipherMode.CBC, _, _) => CipherKinds.Cbc256(),
            (_, 16, _) => CipherKinds.Cfb8x128(),
            _ => CipherKinds.Cfb128x256(),
        };
        fixed (byte* k = key)
        fixed (byte* v = vector)
        fixed (byte* t = text)
        fixed (byte* e = expected)
        fixed (byte* r = result)
        {
            int written;
            nint encryptor = CipherEntryPoints.Create(kind, k, keySize * 8, v, 1), decryptor = CipherEntryPoints.Create(kind, k, keySize * 8, v, 0);
            Assert.Equal(1, CipherEntryPoints.SetPadding(encryptor, 0));
            for (int round = 0; round < 2; round++)
            {
                // In two pieces, then once more from the beginning.
                Assert.Equal(1, CipherEntryPoints.Update(encryptor, r, &written, t, 64));
                Assert.Equal(1, CipherEntryPoints.Update(encryptor, r + 64, &written, t + 64, 96));
                Assert.Equal(96, written);
                Assert.Equal(1, CipherEntryPoints.Finish(encryptor, r, &written));
                Assert.Equal(0, written);
                Assert.Equal(expected, result);
                Assert.Equal(1, CipherEntryPoints.Reset(encryptor, null, 0));
            }

            Assert.Equal(1, CipherEntryPoints.Update(decryptor, r, &written, e, 160));
            Assert.Equal(text, result);
            CipherEntryPoints.Destroy(encryptor);
            CipherEntryPoints.Destroy(decryptor);
            Assert.Equal(0, CipherEntryPoints.Create(kind, k, 40, v, 1));
        }
    }

    [Theory]
    [InlineData(16, 0, 0, 16)]
    [InlineData(32, 1, 13, 12)]
    [InlineData(24, 100, 0, 16)]
    [InlineData(32, 4096, 40, 16)]
    public void Aes_gcm(int keySize, int length, int associatedLength, int tagSize)
    {
        byte[] key = Bytes(keySize, 10), nonce = Bytes(12, 11), text = Bytes(length, 12), associated = Bytes(associatedLength, 13);
        byte[] expected = new byte[length], expectedTag = new byte[tagSize], result = new byte[length + 1], tag = new byte[tagSize];
        using (AesGcm oracle = new(key, tagSize))
            oracle.Encrypt(nonce, text, expected, expectedTag, associated);
        nint kind = keySize switch { 16 => CipherKinds.Gcm128(), 24 => CipherKinds.Gcm192(), _ => CipherKinds.Gcm256() };
        nint context = CipherEntryPoints.CreatePartial(kind);
        fixed (byte* k = key)
        fixed (byte* n = nonce)
        fixed (byte* t = text)
        fixed (byte* a = associated)
        fixed (byte* r = result)
        fixed (byte* g = tag)
        {
            int written;
            Assert.Equal(1, CipherEntryPoints.SetKeyAndVector(context, k, null, -1));
            Assert.Equal(1, CipherEntryPoints.SetNonceLength(context, 12));
            Assert.Equal(1, CipherEntryPoints.SetKeyAndVector(context, null, n, 1));
            Assert.Equal(1, CipherEntryPoints.Update(context, null, &written, a, associatedLength));
            Assert.Equal(1, CipherEntryPoints.Update(context, r, &written, t, length));
            Assert.Equal(length, written);
            Assert.Equal(1, CipherEntryPoints.Finish(context, r, &written));
            Assert.Equal(1, CipherEntryPoints.GetTag(context, g, tagSize));
            Assert.Equal(expected, result[..length]);
            Assert.Equal(expectedTag, tag);

            for (int wrong = 0; wrong < 2; wrong++)
            {
                byte[] back = new byte[length + 1];
                tag[0] ^= (byte)wrong;
                Assert.Equal(1, CipherEntryPoints.SetKeyAndVector(context, null, n, 0));
                Assert.Equal(1, CipherEntryPoints.SetTag(context, g, tagSize));
                Assert.Equal(1, CipherEntryPoints.Update(context, null, &written, a, associatedLength));
                fixed (byte* b = back)
                {
                    Assert.Equal(1, CipherEntryPoints.Update(context, b, &written, r, length));
                    Assert.Equal(1 - wrong, CipherEntryPoints.Finish(context, b, &written));
                }

                Assert.Equal(wrong == 0 ? text : new byte[length], back[..length]);
            }
        }

        CipherEntryPoints.Destroy(context);
    }

    [Fact]
    public void An_unknown_handle_is_refused()
    {
        Assert.Equal(-1, DigestKinds.GetSize(0));
        Assert.Equal(-1, DigestKinds.GetSize(1234));
        Assert.Equal(0, DigestEntryPoints.Create(1234));
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static nint Kind(string algorithm) => algorithm switch
    {
        "MD5" => DigestKinds.Md5(),
        "SHA1" => DigestKinds.Sha1(),
        "SHA256" => DigestKinds.Sha256(),
        "SHA384" => DigestKinds.Sha384(),
        "SHA512" => DigestKinds.Sha512(),
        "SHA3-256" => DigestKinds.Sha3x256(),
        "SHA3-384" => DigestKinds.Sha3x384(),
        "SHA3-512" => DigestKinds.Sha3x512(),
        _ => throw new ArgumentException(algorithm),
    };
}

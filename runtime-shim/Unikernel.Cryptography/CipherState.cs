using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Unikernel.Cryptography;

/// <summary>EVP_CIPHER_CTX as managed code uses it: it pads by itself, so there are whole blocks only.</summary>
internal abstract class CipherState
{
    /// <summary>Key, initialisation vector and direction; what is empty, or null, stays as it was.</summary>
    public abstract void Initialize(ReadOnlySpan<byte> key, ReadOnlySpan<byte> vector, bool? encrypt);

    /// <summary>Bytes of an initialisation vector; 0: none.</summary>
    public abstract int VectorSize { get; }

    /// <summary>Back to the beginning with the same key and vector.</summary>
    public abstract void Reset();

    /// <summary>Bytes written; negative: not possible.</summary>
    public abstract int Update(ReadOnlySpan<byte> input, Span<byte> output);

    /// <summary>False: what was decrypted is not authentic.</summary>
    public abstract bool Finish();
}

/// <summary>A block cipher in a mode without authentication.</summary>
internal sealed class BlockCipherState(IBlockCipherMode mode) : CipherState
{
    private byte[] _key = [], _vector = [];
    private bool _encrypt;

    public override int VectorSize => mode is EcbBlockCipher ? 0 : mode.UnderlyingCipher.GetBlockSize();

    public override void Initialize(ReadOnlySpan<byte> key, ReadOnlySpan<byte> vector, bool? encrypt)
    {
        if (!key.IsEmpty)
            _key = key.ToArray();
        if (!vector.IsEmpty)
            _vector = vector.ToArray();
        _encrypt = encrypt ?? _encrypt;
        if (_key.Length > 0)
            mode.Init(_encrypt, VectorSize == 0 ? new KeyParameter(_key) : new ParametersWithIV(new KeyParameter(_key), _vector));
    }

    public override void Reset() => mode.Reset();

    public override int Update(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int size = mode.GetBlockSize();
        if (input.Length % size != 0 || _key.Length == 0)
            return -1;
        for (int at = 0; at < input.Length; at += size)
            mode.ProcessBlock(input.Slice(at, size), output.Slice(at, size));
        return input.Length;
    }

    public override bool Finish() => true;
}

/// <summary>
/// A cipher with authentication. Managed code gives the associated data in one call, then the text in one, so the text is done as
/// a whole: nothing that is not authentic is ever written.
/// </summary>
internal sealed class AuthenticatedCipherState(Func<IAeadCipher> create) : CipherState
{
    private const int LongestTag = 16;

    private readonly IAeadCipher _cipher = create();
    private readonly byte[] _tag = new byte[LongestTag];
    private byte[] _key = [], _nonce = [], _associated = [];
    private int _tagLength = LongestTag;
    private bool _encrypt, _done, _authentic;

    public override int VectorSize => NonceSize;

    /// <summary>Bytes of the nonce; 12 unless said otherwise.</summary>
    public int NonceSize { get; set; } = 12;

    public override void Initialize(ReadOnlySpan<byte> key, ReadOnlySpan<byte> vector, bool? encrypt)
    {
        if (!key.IsEmpty)
            _key = key.ToArray();
        if (!vector.IsEmpty)
            _nonce = vector.ToArray();
        _encrypt = encrypt ?? _encrypt;
        Reset();
    }

    public override void Reset()
    {
        _associated = [];
        _done = _authentic = false;
        _tagLength = LongestTag;
    }

    public void Associate(ReadOnlySpan<byte> data) => _associated = [.. _associated, .. data];

    public void SetTag(ReadOnlySpan<byte> tag)
    {
        _tagLength = tag.Length;
        tag.CopyTo(_tag);
    }

    public bool TryGetTag(Span<byte> tag)
    {
        if (!_done || tag.Length > LongestTag)
            return false;
        _tag.AsSpan(0, tag.Length).CopyTo(tag);
        return true;
    }

    public override int Update(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (_done || _key.Length == 0)
            return -1;
        _done = true;
        _cipher.Init(_encrypt, new AeadParameters(new KeyParameter(_key), (_encrypt ? LongestTag : _tagLength) * 8, _nonce, _associated));
        byte[] whole = new byte[_cipher.GetOutputSize(input.Length + (_encrypt ? 0 : _tagLength))];
        try
        {
            int count = _cipher.ProcessBytes(input, whole);
            if (!_encrypt)
                count += _cipher.ProcessBytes(_tag.AsSpan(0, _tagLength), whole.AsSpan(count));
            _cipher.DoFinal(whole.AsSpan(count));
            _authentic = true;
        }
        catch (InvalidCipherTextException)
        {
            // Not authentic: the output stays empty, and Finish says so.
            output[..input.Length].Clear();
            return input.Length;
        }

        whole.AsSpan(0, input.Length).CopyTo(output);
        if (_encrypt)
            whole.AsSpan(input.Length, LongestTag).CopyTo(_tag);
        CryptographicOperations.ZeroMemory(whole);
        return input.Length;
    }

    public override bool Finish()
    {
        if (!_done && Update([], []) < 0)
            return false;
        return _authentic;
    }
}

using Unikernel.Size.Model;

namespace Unikernel.Size.Attribution;

/// <summary>A range of addresses and whom it belongs to.</summary>
public readonly record struct Piece(ulong Start, ulong End, string[] Path, Category Category)
{
    public long Length => (long)(End - Start);
}

/// <summary>Pieces by address.</summary>
public sealed class PieceIndex
{
    private readonly List<Piece> _pieces = [];
    private bool _sorted = true;

    public void AddRange(IEnumerable<Piece> pieces)
    {
        _pieces.AddRange(pieces);
        _sorted = false;
    }

    /// <summary>The piece that an address lies in.</summary>
    public Piece? At(ulong address)
    {
        if (!_sorted)
        {
            _pieces.Sort((a, b) => a.Start.CompareTo(b.Start));
            _sorted = true;
        }

        int low = 0, high = _pieces.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            Piece piece = _pieces[middle];
            if (address < piece.Start)
                high = middle - 1;
            else if (address >= piece.End)
                low = middle + 1;
            else
                return piece;
        }

        return null;
    }
}

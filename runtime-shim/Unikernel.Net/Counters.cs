namespace Unikernel.Net;

/// <summary>Receives the counters of a group, one call each, in a fixed order.</summary>
public interface ICounterVisitor
{
    void Visit(string group, string name, long value);
}

/// <summary>
/// A group of counters: public <c>long</c> fields, incremented under the stack's lock, and a list of their names. Every drop in
/// the stack increments one. Groups are plain classes so that what a program does not reach is not in its image; a test checks
/// that each group visits every field it has.
/// </summary>
public interface ICounterGroup
{
    void Visit(ICounterVisitor visitor);
}

package proctor

// SamePerson says whether two accounts are one person: for an act that takes two, one
// person with two accounts is still one.
func SamePerson(a, b Account) bool { return a.User == b.User }

// MaySomewhere says whether the account may do the act anywhere at all.
func (a *Account) MaySomewhere(act string) bool { return !a.Disabled && May(a.Role, act) }

package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sort"

	"github.com/gowebpki/jcs"
	"golang.org/x/mod/sumdb/tlog"
)

// recorded is an entry of the audit log as docs/audit-log-format.md has it.
type recorded struct {
	ID       string                     `json:"id"`
	At       string                     `json:"at"`
	Action   string                     `json:"action"`
	Object   json.RawMessage            `json:"object"`
	Actor    map[string]json.RawMessage `json:"actor"`
	Subjects []json.RawMessage          `json:"subjects"`
	Detail   map[string]json.RawMessage `json:"detail"`
}

type field struct {
	Name   string `json:"name"`
	Salt   []byte `json:"salt"`
	Digest []byte `json:"digest"`
}

type leaf struct {
	Key        []byte  `json:"key"`
	Fields     []field `json:"fields"`
	Commitment []byte  `json:"commitment"`
	Leaf       []byte  `json:"leaf"`
}

// makeLeaf commits to the entry of this number.
func makeLeaf(number int, text json.RawMessage) leaf {
	var entry recorded
	must(json.Unmarshal(text, &entry))
	key := sha256.Sum256([]byte(fmt.Sprintf("key %d", number)))
	made := leaf{Key: key[:]}
	var digests [][]byte
	for name, value := range fields(entry) {
		mac := hmac.New(sha256.New, key[:])
		mac.Write([]byte(name))
		salt := mac.Sum(nil)
		data := []byte("pavise.audit.field/1\n")
		data = binary.BigEndian.AppendUint16(data, uint16(len(name)))
		data = append(data, name...)
		data = append(data, salt...)
		digest := sha256.Sum256(append(data, canonical(value)...))
		digests = append(digests, digest[:])
		made.Fields = append(made.Fields, field{name, salt, digest[:]})
	}
	sort.Slice(made.Fields, func(i, j int) bool { return made.Fields[i].Name < made.Fields[j].Name })
	sort.Slice(digests, func(i, j int) bool { return bytes.Compare(digests[i], digests[j]) < 0 })
	commitment := sha256.Sum256(bytes.Join(digests, nil))
	made.Commitment = commitment[:]
	hash := tlog.RecordHash(append([]byte("pavise.audit.entry/1\n"), commitment[:]...))
	made.Leaf = hash[:]
	return made
}

// fields gives what can be shown of an entry, by name.
func fields(entry recorded) map[string]json.RawMessage {
	all := map[string]json.RawMessage{
		"id":     quoted(entry.ID),
		"at":     quoted(entry.At),
		"action": quoted(entry.Action),
		"object": entry.Object,
	}
	if session, ok := entry.Actor["sessionId"]; ok {
		all["session"] = session
		delete(entry.Actor, "sessionId")
	}
	actor, err := json.Marshal(entry.Actor)
	must(err)
	all["actor"] = actor
	var subjects []string
	for _, subject := range entry.Subjects {
		subjects = append(subjects, string(canonical(subject)))
	}
	sort.Strings(subjects)
	for i, subject := range subjects {
		all[fmt.Sprintf("subject/%d", i)] = json.RawMessage(subject)
	}
	for key, value := range entry.Detail {
		all["detail/"+key] = value
	}
	return all
}

// canonical writes a value as RFC 8785 does; jcs takes objects and lists alone, so that it is put into a list.
func canonical(value json.RawMessage) []byte {
	list, err := jcs.Transform([]byte("[" + string(value) + "]"))
	must(err)
	return list[1 : len(list)-1]
}

func quoted(text string) json.RawMessage {
	value, err := json.Marshal(text)
	must(err)
	return value
}

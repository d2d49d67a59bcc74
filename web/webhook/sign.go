package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// Headers of a delivery (Standard Webhooks).
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp" // seconds since 1970
	headerSignature = "Webhook-Signature"
)

// Sign returns the signature of a delivery: version 1, HMAC-SHA256 over id, time and body.
func Sign(key []byte, id string, seconds int64, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(seconds, 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
